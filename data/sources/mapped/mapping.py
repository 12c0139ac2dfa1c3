"""The keys of a mapping file: which file and column of a shop feeds which column of the canonical tables."""

import difflib
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from data.errors import UserError
from data.schema import Reason


def _many(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _day(value: Any) -> Any:
    """Read ``1920`` or ``1920-01-31`` as the start of that year or day."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}", value):
        return datetime(int(value), 1, 1)
    return value


def _day_after(value: Any) -> Any:
    """Read ``1920`` or ``1920-01-31`` as the end of that year or day, so that the bound itself is still valid."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}", value):
        return datetime(int(value) + 1, 1, 1)
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return datetime.fromisoformat(value) + timedelta(days=1)
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("not a time zone of the IANA database, such as Europe/Berlin") from None
    return value


Texts = Annotated[tuple[str, ...], BeforeValidator(_many)]
Zone = Annotated[str, BeforeValidator(_zone)]
Days = Annotated[int, Field(ge=0, le=3650)]


class Part(BaseModel):
    """A part of a mapping; unknown keys are refused. docs/reference/mapping.md shows the docstrings of the fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class FileRule(Part):
    """One input: one file, or several of one layout."""

    path: str
    """The file, relative to `data.path`; or a pattern such as ``orders-*.csv.gz``, for several files of one layout."""
    format: Literal["csv", "parquet"] = "csv"
    """CSV (also compressed, as ``.csv.gz``) or Parquet."""
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    """The character that separates the cells of a CSV file."""
    quote: Annotated[str, Field(min_length=1, max_length=1)] = '"'
    """The character that encloses a cell of a CSV file, such as a cell that holds the delimiter."""
    encoding: str = "utf-8"
    """The encoding of a CSV file."""
    missing: Texts = ()
    """Values that stand for a missing one in any column of the file, besides the empty cell."""


class ColumnRule(Part):
    """The origin of one canonical column: exactly one of the first four keys. The other keys define how it is read."""

    column: str | None = None
    """The shop's column in the file."""
    constant: str | None = None
    """One value for all rows, for a value that the file lacks and the shop knows."""
    generated: Literal["by_position"] | None = None
    """For ``line_id`` and ``return_id``: an id numbered by position in the order (or among the line's returns)."""
    one_order_per: Literal["customer_and_day"] | None = None
    """For ``order_id``: all lines of one customer on one day are one order; a guest's line is an order of its own."""
    format: Texts = ()
    """Format of times in codes of ``strftime``, such as ``"%d.%m.%Y"``, or several to try. Default: ISO 8601."""
    timezone: Zone | None = None
    """The time zone of this column, where it differs from the mapping's."""
    decimal: Literal[".", ","] = "."
    """The decimal mark of numbers, such as ``,`` for ``1.234,50``."""
    thousands: Literal[".", ",", "'", " "] | None = None
    """The mark between thousands, such as ``.`` for ``1.234,50``."""
    case: Literal["keep", "lower", "upper"] = "keep"
    """Whether texts are kept unchanged, or converted to lower or upper case."""
    missing: Texts = ()
    """More values that stand for a missing one, such as a placeholder date."""
    valid_from: Annotated[datetime | None, BeforeValidator(_day)] = None
    """Times before this year or date count as missing: they are placeholders."""
    valid_to: Annotated[datetime | None, BeforeValidator(_day_after)] = None
    """Times after this year or date count as missing: they are placeholders. The year or date itself is valid."""
    true: Texts = ("true", "1")
    """The values that mean yes, in a column of yes or no."""
    false: Texts = ("false", "0")
    """The values that mean no."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_origin(self) -> "ColumnRule":
        origins = [self.column, self.constant, self.generated, self.one_order_per]
        if sum(origin is not None for origin in origins) != 1:
            raise ValueError("give exactly one of column, constant, generated, one_order_per")
        return self


class TableRule(Part):
    """The origin of one canonical table; without ``file``, it is the file of the order lines."""

    file: str | None = None
    """A name under ``files``; without it, the file of the order lines."""
    columns: dict[str, ColumnRule]
    """Each column of the canonical table by its name, with its origin."""


class Flag(Part):
    """The return flag: a column of the order lines' file that marks the lines that came back."""

    column: str
    """The shop's column."""
    returned: Texts
    """Values of lines that came back."""
    kept: Texts
    """Values of lines that did not come back."""
    unknown: Texts = ()
    """Values of lines whose outcome was never recorded; ``""`` is the empty cell."""


class KnownAfter(Part):
    """The time at which an outcome became known, where no date of return is recorded; for returned and kept lines."""

    delivered_days: Days
    """Days after delivery."""
    ordered_days: Days
    """Days after the order, for lines without a time of delivery."""


class ReturnsRule(Part):
    """The origin of the returns: a separate file, or a flag or date in the file of the order lines."""

    file: str | None = None
    """A name under ``files``, for returns in a separate file; without it, the file of the order lines."""
    columns: dict[str, ColumnRule] = {}
    """Each column of the canonical table `returns` by its name, with its origin."""
    flag: Flag | None = None
    """The return flag in the file of the order lines; a date of return can mark the returned lines instead."""
    known_after: KnownAfter | None = None
    """The time at which an outcome became known, where no date of return is recorded."""
    match: tuple[str, ...] = ()
    """For a file of returns without line ids: columns of the order lines that match a return, mapped here, too."""
    reasons: dict[str, Reason] = {}
    """From the shop's own reasons to codes of `data.schema.Reason`; every reason in the file must be listed."""
    comment: Annotated[str | None, Field(min_length=1)] = None
    """The column of customers' comments, in the file of the returns. A reason is read from a comment where none is
    recorded; the text is never written."""


class Mapping(Part):
    """A whole mapping file."""

    files: Annotated[dict[str, FileRule], Field(min_length=1)]
    """The shop's files, each under a name that the tables below refer to."""
    timezone: Zone = "UTC"
    """The time zone of all times without one of their own, such as ``Europe/Berlin``."""
    minor_digits: Annotated[int, Field(ge=0, le=4)] = 2
    """Decimals of the currency ``products.currency`` of params.yaml: 2 for EUR, 0 for JPY."""
    order_lines: TableRule
    """The origin of the order lines; ``file`` is needed where the mapping has several files."""
    products: TableRule | None = None
    """The origin of the products; without it, the table has the product ids of the order lines and nothing else."""
    customers: TableRule | None = None
    """The origin of the customers; without it, the table has the customer ids of the order lines and nothing else."""
    returns: ReturnsRule
    """The origin of the returns."""

    @property
    def file_of_lines(self) -> str:
        """The input that holds the order lines: ``order_lines.file``, or the only input."""
        return self.order_lines.file or next(iter(self.files))

    @property
    def file_of_returns(self) -> str:
        """The input that holds the returns: a separate one, or the input of the order lines."""
        return self.returns.file or self.file_of_lines


class _Loader(yaml.BaseLoader):
    """A YAML loader that reads every scalar as text (``no``, ``1990-12-31``, ``007``) and refuses a repeated key."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - yaml's
        """Build a mapping; `yaml.constructor.ConstructorError` on a repeated key."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


def load(file: Path) -> Mapping:
    """Read the mapping ``file``.

    Raises
    ------
    UserError
        The file is missing, not YAML, or has unknown, missing or wrong keys.
    """
    if not file.is_file():
        raise UserError(
            expected=f"the mapping file {file}",
            found=f"no such file; {file.parent} holds {_listing(file.parent)}",
            fix="set data.mapping in params.yaml to the YAML file that maps this shop's columns",
        )
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a safe loader of strings
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(expected=f"{file} to be YAML", found=str(error), fix="correct the line named above") from None
    try:
        return Mapping.model_validate(content)
    except ValidationError as error:
        raise _as_user_error(error, file) from None


def did_you_mean(word: str, known: list[str]) -> str:
    """Suggest the name of ``known`` that is closest to ``word``; empty when no name is close."""
    lower = {name.lower(): name for name in reversed(known)}
    close = difflib.get_close_matches(word.lower(), list(lower), n=1)
    return f"did you mean {lower[close[0]]!r}?" if close else ""


def _listing(folder: Path) -> str:
    names = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    return ", ".join(names[:20]) or "nothing"


def _as_user_error(error: ValidationError, file: Path) -> UserError:
    problems, fixes = [], []
    for item in error.errors():
        key = ".".join(map(str, item["loc"])) or "the file"
        known = _keys_beside(item["loc"])
        if item["type"] == "extra_forbidden":
            problems.append(f"unknown key {key}")
            fixes.append(did_you_mean(str(item["loc"][-1]), known) or f"remove {key}; known are {', '.join(known)}")
        elif item["type"] == "missing":
            problems.append(f"no key {key}")
            fixes.append(f"add {key}")
        else:
            problems.append(f"{key} = {item['input']!r}: {item['msg']}")
            fixes.append(f"correct {key}")
    return UserError(
        expected=f"{file} to be a mapping as data/sources/mapped/mapping.py describes it",
        found="; ".join(problems),
        fix="; ".join(dict.fromkeys(fixes)),
    )


def _keys_beside(location: tuple[int | str, ...]) -> list[str]:
    """List the keys that are allowed in the place of the last part of ``location``."""
    model: Any = Mapping
    for step in location[:-1]:
        if isinstance(model, type) and issubclass(model, Part):
            model = model.model_fields[str(step)].annotation if str(step) in model.model_fields else model
        model = next((part for part in get_args(model) if isinstance(part, type) and issubclass(part, Part)), model)
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, Part) else []
