"""docs/reference/mapping.md, from the models of a mapping file."""

from collections.abc import Iterator

from pydantic.fields import FieldInfo

from data.sources.mapped.mapping import changes, columns, conditions, files, mapping, tables
from data.sources.mapped.mapping.part import Part
from tests.checks.docs.reference import markdown
from tests.checks.docs.reference.kinds import kind

INTRO = """\
One YAML file maps the files of a shop to the [canonical tables](canonical-tables.md). `data/mappings/bads.yaml` is a
whole example, and [Own shop](../how-to/own-shop.md) shows the way. Keys that are not listed here are refused. A text
may stand for a `ColumnRule`: it is the name of the shop's column."""
PARTS: tuple[tuple[str, type[Part]], ...] = (
    ("The file", mapping.Mapping),
    ("CurrencyRule", mapping.CurrencyRule),
    ("FileRule", files.FileRule),
    ("JoinRule", files.JoinRule),
    ("FillDownRule", files.FillDownRule),
    ("CopiesRule", files.CopiesRule),
    ("LinesRule", tables.LinesRule),
    ("TableRule", tables.TableRule),
    ("ChangesRule", changes.ChangesRule),
    ("ColumnRule", columns.ColumnRule),
    ("AttributeRule", columns.AttributeRule),
    ("Condition", conditions.Condition),
    ("ReturnsRule", tables.ReturnsRule),
    ("MatchRule", tables.MatchRule),
    ("Flag", tables.Flag),
    ("KnownAfter", tables.KnownAfter),
)


def page() -> str:
    """Make the page."""
    sections = (_part(title, part) for title, part in PARTS)
    return markdown.page("Mapping", INTRO, *(part for section in sections for part in section))


def _part(title: str, part: type[Part]) -> Iterator[str]:
    yield f"## {title}"
    yield markdown.paragraph(part.__doc__ or "")
    rows = ((markdown.code(name), kind(one), _default(one), one.description or "") for name, one in _fields(part))
    yield markdown.table(("key", "takes", "default", "meaning"), rows)


def _fields(part: type[Part]) -> list[tuple[str, FieldInfo]]:
    return [(field.alias or name, field) for name, field in part.model_fields.items()]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    return markdown.code(_shown(field.default)) if field.default not in (None, (), {}) else "none"


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
