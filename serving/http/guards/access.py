"""Access control: API keys with scopes and a rate limit; without keys, only this machine has access."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Final

from starlette.requests import cookie_parser
from starlette.types import Scope as AsgiScope

from data.errors import UserError
from data.logs import log
from serving.http.guards.key_ring import ApiKey, KeyRing, Scope
from serving.http.guards.origins import is_page
from serving.http.guards.sessions import Sessions, SessionsError
from serving.http.guards.token_bucket import TokenBucket
from serving.http.problems import ProblemError, ProblemKind, unavailable
from serving.http.request_context import Exchange, exchange_of
from serving.scores import Degraded
from serving.settings import Settings, is_loopback

COOKIE: Final = "rr_session"
"""The cookie that holds the id of a session. It opens the pages, and nothing else."""
_SAFE: Final = frozenset({"GET", "HEAD"})


class Access:
    """Admits requests by the API keys of the settings, each to the shop that its key opens.

    ``shops``: the names of those that are served; empty where the service has one, which has no name.

    Raises
    ------
    UserError
        The service listens beyond this machine without keys, or the file of keys can't be read.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings, self._shops = settings, frozenset(name for name, _ in settings.shops)
        self._buckets: dict[str, TokenBucket] = {}
        self._sessions = Sessions(settings.sessions)
        self._ring = None if settings.api_keys_file is None else KeyRing(settings.api_keys_file)
        if self._ring is None and self._shops:
            raise UserError(
                expected="API keys, as RETURN_RISK_SHOPS names several shops, and the key says whose a request is",
                found="no RETURN_RISK_API_KEYS_FILE in the environment",
                fix="make keys: python -m serving.api_keys new NAME --scope score --shop SHOP",
            )
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

    def admit(
        self,
        scope: AsgiScope,
        allowed: frozenset[Scope],
        visitor: ApiKey | None = None,
        *,
        of_all_shops: bool = False,
    ) -> None:
        """Let a request in whose key has one of the scopes ``allowed``, and note the key's name and shop.

        Parameters
        ----------
        visitor
            The key of the request's session, from `visitor`; it counts where the request shows no key itself.
        of_all_shops
            The answer is about all shops: of several, a key that opens one of them is not enough.

        Raises
        ------
        ProblemError
            401 without a valid key; 403 where the key lacks the scope, opens no shop that is served here, or where a
            page of another site makes the browser write; 429 where the key has used up its rate.
        """
        if self._ring is None:
            _only_from_here(scope)
            if is_page(scope["path"]):
                _refuse_foreign_writes(scope)
            return
        exchange = exchange_of(scope)
        presented = _presented(exchange)
        if not presented and visitor is not None:
            _refuse_foreign_writes(scope)
        key = self._ring.find(presented) if presented else visitor
        if key is None:
            raise ProblemError(
                ProblemKind.UNAUTHORIZED,
                "send a valid key as Authorization: Bearer KEY, or as X-API-Key",
                headers={"WWW-Authenticate": 'Bearer realm="return-risk"'},
            )
        exchange.key = key.name
        if allowed.isdisjoint(key.scopes):
            raise ProblemError(ProblemKind.FORBIDDEN, f"the key needs the scope {' or '.join(sorted(allowed))}")
        exchange.shop = self._shop_of(key, of_all_shops=of_all_shops)
        self._hold_to_rate(key)

    def visitor(self, scope: AsgiScope) -> ApiKey | None:
        """Give the key of the session that a browser shows on a page; None without one. Reads a file: for a thread.

        Raises
        ------
        ProblemError
            503: the sessions can't be read.
        """
        session_id = session_of(scope)
        if self._ring is None or session_id is None or _presented(exchange_of(scope)):
            return None
        with _stored():
            session = self._sessions.find(session_id)
        return None if session is None else self._ring.same(session.key_name, session.key_sha256)

    def log_in(self, scope: AsgiScope, presented: str, allowed: frozenset[Scope]) -> str:
        """Begin a session with the key that someone presents, and give its id. The session before ends.

        Raises
        ------
        ProblemError
            401 where the key is not valid; 403 where it has none of the scopes ``allowed``; 429 after too many wrong
            ones; 503 where sessions can't be written.
        """
        address = (scope.get("client") or ("", 0))[0]
        with _stored():
            if seconds := self._sessions.try_login(address):
                raise ProblemError(
                    ProblemKind.RATE, "too many wrong keys; wait a little", headers={"Retry-After": str(seconds)}
                )
            key = None if self._ring is None else self._ring.find(presented)
            if key is None:
                raise ProblemError(ProblemKind.UNAUTHORIZED, "this key is not valid")
            self._sessions.forget_tries(address)
            if allowed.isdisjoint(key.scopes):
                raise ProblemError(ProblemKind.FORBIDDEN, f"the key needs the scope {' or '.join(sorted(allowed))}")
            self._shop_of(key)
            self.log_out(scope)
            return self._sessions.begin(key.name, key.sha256)

    def log_out(self, scope: AsgiScope) -> None:
        """End the session that a browser shows, if any; 503 where sessions can't be written."""
        if (session_id := session_of(scope)) is not None and self._ring is not None:
            with _stored():
                self._sessions.end(session_id)

    def troubles(self) -> list[Degraded]:
        """Say where the file of keys can't be read now: the keys of before still count, and none can be revoked."""
        trouble = None if self._ring is None else self._ring.trouble()
        return [] if trouble is None else [Degraded("api_keys", trouble)]

    def allows(self, exchange: Exchange, scope: Scope) -> bool:
        """Whether the admitted caller also has ``scope``; without keys, every caller has all scopes."""
        return self._ring is None or (exchange.key is not None and scope in self._ring.scopes(exchange.key))

    def charge(self, exchange: Exchange, units: int) -> None:
        """Charge the key for the baskets or events of a request."""
        if exchange.key is not None:
            self._buckets[exchange.key].take(units)

    def _shop_of(self, key: ApiKey, *, of_all_shops: bool = False) -> str | None:
        """Give the shop that a key opens; None: the only one, or all of them."""
        if of_all_shops and self._shops:
            if key.shop is not None:
                raise ProblemError(ProblemKind.FORBIDDEN, "this is about all shops, and the key is that of one")
            return None
        if key.shop not in (self._shops or {None}):
            here = "the service has several shops" if self._shops else "the service has one shop, without a name"
            mine = "opens none of them" if key.shop is None else "is of another"
            raise ProblemError(ProblemKind.FORBIDDEN, f"{here}, and the key {mine}")
        return key.shop

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


def _only_from_here(scope: AsgiScope) -> None:
    """Refuse a request at an address that other machines can reach, however the server was started."""
    server = scope.get("server")  # None: a socket in the file system
    if server is not None and not _is_here(server[0]):
        raise ProblemError(ProblemKind.FORBIDDEN, "no API keys are set up, so only this machine is answered")


def session_of(scope: AsgiScope) -> str | None:
    """Give the session id that a browser shows on a page; None without one."""
    cookies = exchange_of(scope).headers.get(b"cookie")
    if cookies is None or not is_page(scope["path"]):
        return None
    return cookie_parser(cookies.decode("latin-1")).get(COOKIE) or None


@contextmanager
def _stored() -> Iterator[None]:
    try:
        yield
    except SessionsError as error:
        log.error("logins can't be read or written: %s", error)  # noqa: TRY400 - no fault of ours
        raise unavailable("logins can't be read or written now; the log says why") from None


_is_here = lru_cache(maxsize=64)(is_loopback)
