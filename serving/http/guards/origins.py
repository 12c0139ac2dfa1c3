"""Which names the service has, and which sites may make a browser send it requests.

DNS rebinding: the name of another site may be made to resolve to this machine. A browser then takes the answers of
this service for that site's own, and hands them to its pages; the header ``Host`` shows the name. Cross-site requests:
a page of another site may make a reader's browser send requests to this service. Browsers name the sender in
``Sec-Fetch-Site``, and over plain http in ``Origin`` alone; no page can write these headers. Programs send neither.

It works as W3C's Fetch Metadata advises (resource isolation policy), and runs before the key is looked at.
"""

from functools import lru_cache
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from serving.http.problems import ProblemError, ProblemKind
from serving.http.request_context import exchange_of
from serving.settings import Settings, host_name, is_address, is_loopback, variable

PAGES: Final = "/products"
API: Final = "/v1/"
"""Begin of the paths that people do not open in a browser, and so not by a link on another site either."""
_EVERYWHERE: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - names that are compared, not listened on
_OWN_SITE: Final = (b"same-origin", b"none")
"""``none``: a person typed the address, or opened a bookmark."""
_READS: Final = ("GET", "HEAD")
SETTING: Final = variable("allowed_hosts")


class OwnNames:
    """Refuses requests to a name that the service does not have, and requests that pages of other sites send.

    Without API keys, `Host` has to be a loopback name, the address that the service listens on, or one of the setting
    ``allowed_hosts``. With keys any name will do, unless the setting names some: a page of another name has no key.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._extra = frozenset(settings.allowed_hosts)
        self._keys = settings.api_keys_file is not None
        self._named = not self._keys or bool(self._extra)
        self._host = settings.host.lower()
        self._has_name = lru_cache(maxsize=256)(self._is_own)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse with 403."""
        if scope["type"] != "http" or (refusal := self._refusal(scope)) is None:
            await self._app(scope, receive, send)
            return
        problem = ProblemError(ProblemKind.FORBIDDEN, refusal)
        await problem.response(exchange_of(scope).request_id)(scope, receive, send)

    def _refusal(self, scope: Scope) -> str | None:
        """Say why a request is refused; None where it is not."""
        headers = exchange_of(scope).headers
        host = headers.get(b"host", b"")
        if self._named and host and not self._has_name(host):
            return (
                "the service does not have the name that this request was sent to; open it by localhost or 127.0.0.1,"
                f" or add the name to {SETTING}"
            )
        site, origin = headers.get(b"sec-fetch-site"), headers.get(b"origin")
        if (site is None and origin is None) or self._is_own_site(site, origin, host):
            return None
        if not scope["path"].startswith(API) and _is_opened(scope["method"], headers):
            return None
        return (
            "a page of another site made the browser send this; send it from a server, or serve that page under the "
            f"service's own address. Where a proxy changes the host name, add the page's name to {SETTING}"
        )

    def _is_own_site(self, site: bytes | None, origin: bytes | None, host: bytes) -> bool:
        if site in _OWN_SITE:
            return True
        if origin is None:
            return False
        # The scheme may be either: a proxy in front of the service may end TLS.
        scheme, separator, name = origin.partition(b"://")
        if not separator or scheme not in {b"http", b"https"}:
            return False
        return (site is None and bool(host) and name == host) or _name(name) in self._extra

    def _is_own(self, host: bytes) -> bool:
        name = _name(host)
        bound = name == self._host and name not in _EVERYWHERE
        # No name server answers for an address: with keys, probes may ask by it.
        return is_loopback(name) or bound or name in self._extra or (self._keys and is_address(name))


def is_page(path: str) -> bool:
    """Whether a path is one of the product pages'."""
    return path == PAGES or path.startswith(f"{PAGES}/")


def _is_opened(method: str, headers: dict[bytes, bytes]) -> bool:
    """Whether a person follows a link: the browser shows the answer, and the other site does not get it."""
    mode, shown_in = headers.get(b"sec-fetch-mode"), headers.get(b"sec-fetch-dest")
    return method in _READS and mode == b"navigate" and shown_in == b"document"


def _name(host: bytes) -> str:
    """Give the name in a ``Host`` header, without its port."""
    return host_name(host.decode("latin-1"))
