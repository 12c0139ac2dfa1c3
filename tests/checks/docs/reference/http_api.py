"""docs/reference/http-api.md, from the OpenAPI that the service gives of itself."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from tests.checks.docs.reference import markdown
from tests.checks.docs.reference.json_schema import kind
from tests.serving.described import openapi

Schema = Mapping[str, Any]
AFTER = """\
The service also gives this description itself, as OpenAPI at `/openapi.json`. [Events](../how-to/events.md) and
[Deploying the service](../how-to/deploying-the-service.md) show its use, [Clients](../how-to/clients.md) are made from
it, and [Versions](../explanation/versions.md) says what stays."""


def page() -> str:
    """Make the page."""
    description = openapi()
    schemas: Schema = description["components"]["schemas"]
    operations = [
        (f"{method.upper()} {path}", operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]
    parts = [part for title, operation in operations for part in _operation(title, operation)]
    parts += [*_problems([operation for _, operation in operations]), "## Bodies"]
    parts += [part for name, schema in schemas.items() for part in _body(name, schema)]
    return markdown.page("HTTP API", f"{description['info']['description']}\n\n{AFTER}", *parts)


def _operation(title: str, operation: Schema) -> Iterator[str]:
    yield f"## {title}"
    yield from (markdown.paragraph(part) for part in operation["description"].split("\n\n"))
    answers = [(status, kind(body)) for status, body in _bodies(operation) if not _is_problem(body)]
    rows = [f"- Answer {status}: {body}" for status, body in answers]
    problems = [status for status, answer in operation["responses"].items() if status not in dict(answers) and answer]
    if request := operation.get("requestBody"):
        rows.insert(0, f"- Request: {kind(request['content']['application/json']['schema'])}")
    yield "\n".join([*rows, f"- [Problems](#problems): {', '.join(problems)}"])


def _bodies(operation: Schema) -> Iterator[tuple[str, Schema]]:
    for status, answer in operation["responses"].items():
        for content in answer.get("content", {}).values():
            yield status, content["schema"]


def _is_problem(schema: Schema) -> bool:
    return bool(schema.get("$ref", "").endswith("/Problem"))


def _problems(operations: list[Schema]) -> Iterator[str]:
    found: dict[str, set[str]] = defaultdict(set)
    for operation in operations:
        for status, answer in operation["responses"].items():
            if "application/problem+json" in answer.get("content", {}):
                found[status] |= set(answer["description"].split("; or: "))
    yield "## Problems"
    yield f"Every error is a {kind({'$ref': 'Problem'})} (RFC 9457). With 429 and 503 comes a header `Retry-After`."
    yield markdown.table(("status", "meaning"), [(one, "; or: ".join(sorted(found[one]))) for one in sorted(found)])


def _body(name: str, schema: Schema) -> Iterator[str]:
    yield f"### {name}"
    yield markdown.paragraph(schema.get("description", ""))
    if "enum" in schema:
        yield f"One of {kind(schema)}."
    elif fields := schema.get("properties"):
        needed = schema.get("required", ())
        rows = [
            (markdown.code(field), kind(one), _needed(field in needed, one), one.get("description", ""))
            for field, one in fields.items()
        ]
        yield markdown.table(("field", "kind", "needed", "meaning"), rows)


def _needed(required: bool, field: Schema) -> str:  # noqa: FBT001 - one flag of a cell
    if required:
        return "yes"
    default = field.get("default")
    return f"no; {markdown.code(default)}" if default is not None else "no"
