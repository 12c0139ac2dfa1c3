"""What a mapping file may say: which file and column of a shop feeds which column of the canonical tables."""

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
    """A part of a mapping: unknown keys are refused. docs/reference/mapping.md has the texts below its fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class FileRule(Part):
    """One input: one file, or several of one layout."""

    path: str
    """The file, relative to `data.path`; or a pattern such as ``orders-*.csv.gz``, for several of one layout."""
    format: Literal["csv", "parquet"] = "csv"
    """CSV (also compressed, as ``.csv.gz``) or Parquet."""
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    """What separates the cells of a CSV file."""
    quote: Annotated[str, Field(min_length=1, max_length=1)] = '"'
    """What encloses a cell of a CSV file that holds the delimiter."""
    encoding: str = "utf-8"
    """The encoding of a CSV file."""
    missing: Texts = ()
    """What stands for a missing value in any column of the file, beside the empty cell."""


class ColumnRule(Part):
    """Where one canonical column comes from: exactly one of the first four keys, the others say how it is read."""

    column: str | None = None
    """The shop's column in the file."""
    constant: str | None = None
    """One value for all rows: for what the file doesn't hold and the shop knows."""
    generated: Literal["by_position"] | None = None
    """For ``line_id`` and ``return_id``: numbered by position in the order (or among the line's returns)."""
    one_order_per: Literal["customer_and_day"] | None = None
    """For ``order_id``: all lines of one customer on one day are one order; a guest's line is an order of its own."""
    format: Texts = ()
    """How times are written, such as ``"%d.%m.%Y"``, in codes of ``strftime``; several are tried. Default: ISO 8601."""
    timezone: Zone | None = None
    """The zone of these times, where it differs from the mapping's."""
    decimal: Literal[".", ","] = "."
    """The decimal mark of numbers, such as ``,`` for ``1.234,50``."""
    thousands: Literal[".", ",", "'", " "] | None = None
    """The mark between thousands, such as ``.`` for ``1.234,50``."""
    case: Literal["keep", "lower", "upper"] = "keep"
    """Whether texts are kept as they are, or written in lower or upper case."""
    missing: Texts = ()
    """More values that stand for a missing one, such as a placeholder date."""
    valid_from: Annotated[datetime | None, BeforeValidator(_day)] = None
    """Times before this are placeholders, so missing; a year or a date."""
    valid_to: Annotated[datetime | None, BeforeValidator(_day_after)] = None
    """Times after this are placeholders, so missing; a year or a date, itself still valid."""
    true: Texts = ("true", "1")
    """The values that mean yes, in a column of yes and no."""
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
    """Where one canonical table comes from; without ``file`` from the file of the order lines."""

    file: str | None = None
    """A name under ``files``; without it, the file of the order lines."""
    columns: dict[str, ColumnRule]
    """Each column of the canonical table by its name, and where it comes from."""


class Flag(Part):
    """A column of the order lines' file that says whether the line came back."""

    column: str
    """The shop's column."""
    returned: Texts
    """Values of lines that came back."""
    kept: Texts
    """Values of lines that did not come back."""
    unknown: Texts = ()
    """Values of lines whose outcome was never recorded; ``""`` is the empty cell."""


class KnownAfter(Part):
    """When an outcome became known, where no date of return is recorded: for returned and kept lines alike."""

    delivered_days: Days
    """Days after delivery."""
    ordered_days: Days
    """Days after the order, where it isn't known when, or whether, the line was delivered."""


class ReturnsRule(Part):
    """Where returns come from: a file of their own, or a flag or date beside the order lines."""

    file: str | None = None
    """A name under ``files``: the returns have a file of their own; without it, they are read from the order lines."""
    columns: dict[str, ColumnRule] = {}
    """Each column of the canonical table `returns` by its name, and where it comes from."""
    flag: Flag | None = None
    """The column beside the order lines that says whether the line came back; a date of return does, too."""
    known_after: KnownAfter | None = None
    """When an outcome became known, where no date of return is recorded."""
    match: tuple[str, ...] = ()
    """For a file of returns without line ids: the order line's columns, mapped here too, by which it is found."""
    reasons: dict[str, Reason] = {}
    """The shop's own reason to a code of `data.schema.Reason`; all that occur must stand here."""
    comment: Annotated[str | None, Field(min_length=1)] = None
    """The column of the customers' own words, in the file that the returns are read from: read for a reason where none
    is recorded, and never written."""


class Mapping(Part):
    """A whole mapping file."""

    files: Annotated[dict[str, FileRule], Field(min_length=1)]
    """The shop's files, each under a name that the tables below refer to."""
    timezone: Zone = "UTC"
    """The zone of all times that name none themselves, such as ``Europe/Berlin``."""
    minor_digits: Annotated[int, Field(ge=0, le=4)] = 2
    """Decimals of the currency, which is ``products.currency`` in params.yaml: 2 for EUR, 0 for JPY."""
    order_lines: TableRule
    """Where the order lines come from; the first file, unless ``file`` names another."""
    products: TableRule | None = None
    """Where the products come from; without it, the order lines tell which products there are."""
    customers: TableRule | None = None
    """Where the customers come from; without it, the order lines tell which customers there are."""
    returns: ReturnsRule
    """Where the returns come from."""

    @property
    def file_of_lines(self) -> str:
        """The input that holds the order lines: the only one, where the mapping doesn't say."""
        return self.order_lines.file or next(iter(self.files))

    @property
    def file_of_returns(self) -> str:
        """The input that holds the returns: a file of their own, or that of the order lines."""
        return self.returns.file or self.file_of_lines


class _Loader(yaml.BaseLoader):
    """Reads every scalar as the text it is (``no``, ``1990-12-31``, ``007``), and refuses a key given twice."""

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
        It is missing, not YAML, or has unknown, missing or wrong keys.
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
        raise UserError(expected=f"{file} to be YAML", found=str(error), fix="mend the line named above") from None
    try:
        return Mapping.model_validate(content)
    except ValidationError as error:
        raise _as_user_error(error, file) from None


def did_you_mean(word: str, known: list[str]) -> str:
    """Suggest the one of ``known`` that is closest to ``word``; empty when none is close."""
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
    """Name the keys that may stand where the last part of ``location`` stands."""
    model: Any = Mapping
    for step in location[:-1]:
        if isinstance(model, type) and issubclass(model, Part):
            model = model.model_fields[str(step)].annotation if str(step) in model.model_fields else model
        model = next((part for part in get_args(model) if isinstance(part, type) and issubclass(part, Part)), model)
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, Part) else []
