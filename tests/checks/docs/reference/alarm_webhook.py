"""docs/reference/alarm-webhook.md, from the models of `serving.telling`."""

from collections.abc import Iterator
from typing import Any

from serving.telling import words
from tests.checks.docs.reference import markdown
from tests.checks.docs.reference.json_schema import kind

INTRO = f"""\
The body of the call that tells an alarm: JSON, with the type `{words.TYPE}`. The call is a `POST`, signed as
[Standard Webhooks](https://www.standardwebhooks.com) have it. [Dashboards and
alarms](../how-to/dashboards-and-alarms.md#e-mail-and-webhook) shows how to set it up and how to verify it. Fields may
be added; those that are here stay."""


def page() -> str:
    """Make the page."""
    schema = words.Body.model_json_schema()
    bodies: dict[str, Any] = {"Body": schema, **schema["$defs"]}
    return markdown.page("Alarm webhook", INTRO, *(part for name, each in bodies.items() for part in _body(name, each)))


def _body(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"## {name}"
    if "properties" not in schema:
        yield f"One of {kind(schema)}."
        return
    rows = ((markdown.code(key), kind(each), each.get("description", "")) for key, each in schema["properties"].items())
    yield markdown.table(("field", "value", "meaning"), rows)
