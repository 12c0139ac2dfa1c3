"""What a browser finds: a page that leads on at ``/``, and the description of the API at ``/docs``.

The description is shown by Swagger UI, whose files come with the package ``fastapi-offline``: nothing is loaded from
another site, and no inline script runs. Where the package is not installed, there is no ``/docs``.
"""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from serving.http.browser_headers import SECURITY
from serving.http.endpoint import Route
from serving.http.problems import ProblemError, ProblemKind
from serving.http.service import instance_of

PACKAGE: Final = "fastapi_offline"
FILES: Final = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
}
RULES: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
POLICY: Final = "; ".join(f"{name} {value}" for name, value in RULES.items())
HEADERS: Final = SECURITY | {"Content-Security-Policy": POLICY}

_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{title}</title>{head}
</head>
<body>
{body}
</body>
</html>
"""
_START: Final = """\
SwaggerUIBundle({url: "/openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null});
"""

router = APIRouter(route_class=Route, include_in_schema=False)


@router.get("/")
async def get_front(request: Request) -> Response:
    """Lead on to what this service has."""
    links = [
        ("/products", "Product review"),
        ("/products/model", "Quality of the scores"),
        ("/openapi.json", "Description of the API (OpenAPI)"),
    ]
    if _folder() is not None:
        links.insert(2, ("/docs", "API, to read and to try"))
    if instance_of(request).settings.demo:
        links.append(("/demo", "Checkout demo"))
    items = "\n".join(f'<li><a href="{path}">{text}</a></li>' for path, text in links)
    body = f"<h1>Return risk</h1>\n<ul>\n{items}\n</ul>"
    return HTMLResponse(_PAGE.format(title="Return risk", head="", body=body), headers=HEADERS)


@router.get("/docs")
async def get_docs(_: Request) -> Response:
    """Show the description of the API."""
    _installed()
    head = '\n<link rel="stylesheet" href="/docs/swagger-ui.css">'
    scripts = ('<script src="/docs/swagger-ui-bundle.js"></script>', '<script src="/docs/start.js"></script>')
    body = "\n".join(('<div id="docs"></div>', *scripts))
    return HTMLResponse(_PAGE.format(title="Return risk: API", head=head, body=body), headers=HEADERS)


@router.get("/docs/start.js")
async def get_start(_: Request) -> Response:
    """Give the script that shows the description."""
    return Response(_START, headers=HEADERS, media_type="text/javascript")


@router.get("/docs/{name}")
async def get_file(_: Request, name: str) -> Response:
    """Give a file of Swagger UI."""
    folder = _installed()
    if name not in FILES:
        raise ProblemError(ProblemKind.NOT_FOUND, "no such file of the API's description")
    return FileResponse(folder / name, headers=HEADERS | {"Cache-Control": "max-age=3600"}, media_type=FILES[name])


def _installed() -> Path:
    folder = _folder()
    if folder is None:
        detail = "the package fastapi-offline, which shows this page, is not installed; /openapi.json has the same"
        raise ProblemError(ProblemKind.NOT_FOUND, detail)
    return folder


@lru_cache(maxsize=1)
def _folder() -> Path | None:
    """The folder of Swagger UI's files; None where the package is not installed."""
    spec = find_spec(PACKAGE)
    return Path(spec.origin).parent / "static" if spec is not None and spec.origin is not None else None
