"""Access control: API keys with scopes and a rate limit; without keys, only this machine has access."""

import time
from functools import lru_cache
from typing import Final

from starlette.requests import cookie_parser
from starlette.types import Scope as AsgiScope

from data.errors import UserError
from data.logs import log
from serving.http.guards.key_ring import ApiKey, KeyRing, Scope
from serving.http.guards.token_bucket import TokenBucket
from serving.http.problems import ProblemError, ProblemKind
from serving.http.request_context import Exchange, exchange_of
from serving.settings import Settings, is_loopback

COOKIE: Final = "rr_key"
PAGES: Final = "/products"
"""The paths under which a browser may show its key as the cookie `COOKIE`."""
_SAFE: Final = frozenset({"GET", "HEAD"})


class Access:
    """Admits requests by the API keys of the settings.

    Raises
    ------
    UserError
        The service listens beyond this machine without keys, or the file of keys can't be read.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._buckets: dict[str, TokenBucket] = {}
        self._ring = None if settings.api_keys_file is None else KeyRing(settings.api_keys_file)
        if self._ring is None and not settings.on_loopback:
            raise UserError(
                expected=f"API keys, as {settings.host} can be reached from other machines",
                found="no RETURN_RISK_API_KEYS_FILE in the environment",
                fix="make keys: python -m serving.api_keys --help; or listen on 127.0.0.1",
            )
        if self._ring is None:
            log.warning("no API keys are set up: callers on this machine may do everything, all others nothing")

    @property
    def keys_required(self) -> bool:
        """Whether a request needs a key."""
        return self._ring is not None

    def admit(self, scope: AsgiScope, allowed: frozenset[Scope]) -> None:
        """Let a request in whose key has one of the scopes ``allowed``, and note the key's name.

        Raises
        ------
        ProblemError
            401 without a valid key; 403 where the key lacks the scope, or where a page of another site makes the
            browser write; 429 where the key has used up its rate.
        """
        if self._ring is None:
            _only_from_here(scope)
            if _is_page(scope):
                _only_by_own_name(scope)
                _refuse_foreign_writes(scope)
            return
        exchange = exchange_of(scope)
        presented = _presented(exchange)
        if not presented and _is_page(scope):
            _refuse_foreign_writes(scope)
            presented = cookie_parser(exchange.headers.get(b"cookie", b"").decode("latin-1")).get(COOKIE, "")
        key = self._ring.find(presented)
        if key is None:
            raise ProblemError(
                ProblemKind.UNAUTHORIZED,
                "send a valid key as Authorization: Bearer KEY, or as X-API-Key",
                headers={"WWW-Authenticate": 'Bearer realm="return-risk"'},
            )
        exchange.key = key.name
        if allowed.isdisjoint(key.scopes):
            raise ProblemError(ProblemKind.FORBIDDEN, f"the key needs the scope {' or '.join(sorted(allowed))}")
        self._hold_to_rate(key)

    def find(self, presented: str) -> ApiKey | None:
        """Give the key that someone presents to log in; None where it is not valid, or no keys are set up."""
        return None if self._ring is None else self._ring.find(presented)

    def allows(self, exchange: Exchange, scope: Scope) -> bool:
        """Whether the admitted caller also has ``scope``; without keys, every caller has all scopes."""
        return self._ring is None or (exchange.key is not None and scope in self._ring.scopes(exchange.key))

    def charge(self, exchange: Exchange, units: int) -> None:
        """Charge the key for the baskets or events of a request."""
        if exchange.key is not None:
            self._buckets[exchange.key].take(units)

    def _hold_to_rate(self, key: ApiKey) -> None:
        now = time.monotonic()
        bucket = self._buckets.get(key.name)
        if bucket is None:
            rate, burst = self._settings.rate_limit_per_second, self._settings.rate_limit_burst
            bucket = self._buckets[key.name] = TokenBucket(rate, burst, now)
        if seconds := bucket.wait(now):
            raise ProblemError(
                ProblemKind.RATE, "the key has used up its rate; wait a little", headers={"Retry-After": str(seconds)}
            )


def _presented(exchange: Exchange) -> str:
    given = exchange.headers.get(b"authorization", b"")
    scheme, _, key = given.partition(b" ")
    if scheme.lower() != b"bearer":
        key = exchange.headers.get(b"x-api-key", b"")
    return key.strip().decode("latin-1")


def refuse_foreign(scope: AsgiScope) -> None:
    """Cross-site request forgery: refuse a request that a page of another site made the browser send.

    Such a request would carry the cookie of this site. Browsers name its origin in ``Sec-Fetch-Site``, older ones in
    ``Origin``; no page can write these headers. See OWASP's page on cross-site request forgery.

    Raises
    ------
    ProblemError
        403 unless one of the two headers names this service as the origin.
    """
    headers = exchange_of(scope).headers
    site, origin, host = headers.get(b"sec-fetch-site"), headers.get(b"origin"), headers.get(b"host", b"")
    # The scheme may be either: a proxy in front of the service may end TLS.
    from_host = bool(host) and origin in {b"http://" + host, b"https://" + host}
    if site != b"same-origin" and (site is not None or not from_host):
        raise ProblemError(
            ProblemKind.FORBIDDEN, "this can be sent from the service's own pages only; open the page anew"
        )


def _refuse_foreign_writes(scope: AsgiScope) -> None:
    if scope["method"] not in _SAFE:
        refuse_foreign(scope)


def _is_page(scope: AsgiScope) -> bool:
    path: str = scope["path"]
    return path == PAGES or path.startswith(f"{PAGES}/")


def _only_from_here(scope: AsgiScope) -> None:
    """Refuse a request at an address that other machines can reach, however the server was started."""
    server = scope.get("server")  # None: a socket in the file system
    if server is not None and not _is_here(server[0]):
        raise ProblemError(ProblemKind.FORBIDDEN, "no API keys are set up, so only this machine is answered")


def _only_by_own_name(scope: AsgiScope) -> None:
    """DNS rebinding: refuse a ``Host`` that is not a loopback name, as another site's name may resolve to here."""
    host = exchange_of(scope).headers.get(b"host", b"").decode("latin-1")
    name = host.partition("]")[0].removeprefix("[") if host.startswith("[") else host.partition(":")[0]
    if name and not _is_here(name.lower()):
        raise ProblemError(ProblemKind.FORBIDDEN, "no API keys are set up, so pages are shown at localhost only")


_is_here = lru_cache(maxsize=64)(is_loopback)
