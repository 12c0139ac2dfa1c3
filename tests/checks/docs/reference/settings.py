"""docs/reference/settings.md, from `serving.settings`."""

from typing import Literal, get_origin

from pydantic.fields import FieldInfo

from serving import settings
from tests.checks.docs.reference import markdown
from tests.checks.docs.reference.kinds import kind

INTRO = """\
The service reads its settings from environment variables, once, when it starts. A variable that begins with
`RETURN_RISK_` and is not in this table stops the start, with the name that was probably meant. `RETURN_RISK_ID_KEY` is
the one variable that is read elsewhere: the key by which customers' secrets are found. It must be the key of the last
`dvc repro` (see [Identity](../how-to/own-shop.md#identity)), and so must the file of secrets. Where one service serves
[several shops](../how-to/shops-and-currencies.md), each shop has some of them, and its key, in the `service.env` of its
folder."""


def page() -> str:
    """Make the page."""
    return markdown.page("Settings", INTRO, table())


def table() -> str:
    """Lay out all settings."""
    fields = settings.Settings.model_fields.items()
    return markdown.table(
        ("variable", "default", "takes", "meaning"),
        [
            (markdown.code(settings.variable(name)), _default(field), _takes(field), field.description or "")
            for name, field in fields
        ],
    )


def _default(field: FieldInfo) -> str:
    match field.default:
        case None | ():
            return "none"
        case bool():
            return markdown.code(str(field.default).lower())
        case _:
            return markdown.code(field.default)


def _takes(field: FieldInfo) -> str:
    said = kind(field)
    return said if get_origin(field.annotation) is Literal else said.replace("true or false", "`true` or `false`")
