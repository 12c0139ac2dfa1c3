"""The settings of the service: environment variables that start with RETURN_RISK_, read once, never changed."""

import difflib
import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from data.errors import UserError
from data.identity import KEY_VARIABLE
from data.pseudonyms.pseudonyms import FILE
from data.times import MICROSECONDS_PER_DAY
from features.online_state.records import Silence

PREFIX: Final = "RETURN_RISK_"
OTHERS: Final = frozenset({KEY_VARIABLE})
"""Variables of this project that are read elsewhere."""
SECRET: Final = frozenset({"alarm_webhook", "state"})
"""Settings whose value may hold a password or a token, and is never shown."""


def _host_names(given: Any) -> Any:
    """Read names that are separated by commas; one with a port, a path or a wildcard is refused."""
    if not isinstance(given, str):
        return given
    names = [name.strip() for name in given.split(",") if name.strip()]
    for name in names:
        if not _A_NAME.fullmatch(name.strip("[]")):
            raise PydanticCustomError("host_name", "expected names such as shop.example, without port, path or *")
    return tuple(host_name(name) for name in names)


_A_NAME: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*")


def _shops(given: Any) -> Any:
    """Read ``name=folder`` pairs that are separated by commas."""
    if not isinstance(given, str):
        return given
    pairs = [pair.strip().partition("=") for pair in given.split(",") if pair.strip()]
    for name, _, folder in pairs:
        if not A_SHOP.fullmatch(name) or name == ALL or not folder:
            raise PydanticCustomError(
                "shops",
                "expected name=folder, separated by commas; a name has small letters, digits, hyphens, and is not all",
            )
    if len({name for name, _, _ in pairs}) < len(pairs):
        raise PydanticCustomError("shops", "expected names that differ")
    return tuple((name, Path(folder)) for name, _, folder in pairs)


ALL: Final = "all"
"""Stands for all shops; none is called so."""
A_SHOP: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
Shops = Annotated[tuple[tuple[str, Path], ...], NoDecode, BeforeValidator(_shops)]


def _addresses(given: Any) -> Any:
    """Read e-mail addresses that are separated by commas."""
    if not isinstance(given, str):
        return given
    found = [each.strip() for each in given.split(",") if each.strip()]
    if not all(AN_ADDRESS.fullmatch(each) for each in found):
        raise PydanticCustomError("addresses", "expected addresses such as ops@shop.example, separated by commas")
    return tuple(found)


AN_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
Addresses = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_addresses)]
HostNames = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_host_names)]


class Settings(BaseSettings):
    """All settings. `Settings.from_environment` reads them, and names every variable that is wrong."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid")

    host: str = Field(
        default="127.0.0.1", min_length=1, description="address to listen on; 0.0.0.0: all, which needs API keys"
    )
    port: int = Field(default=8000, ge=0, le=65535, description="port to listen on; 0: any that is free")
    share_port: bool = Field(
        default=False,
        description="whether to start beside a service of the same user at the same port, to take over from it; end"
        " that one once this one has announced itself",
    )
    workers: int = Field(default=1, ge=1, le=64, description="processes that answer requests")
    api_keys_file: Path | None = Field(
        default=None,
        description="file of API keys (`python -m serving.api_keys`); without one, only this machine gets answers",
    )
    allowed_hosts: HostNames = Field(
        default=(),
        description="host names, separated by commas, by which callers may reach the service beside loopback names and"
        " `RETURN_RISK_HOST`; also sites whose pages may send it requests. With API keys and none named: any name",
    )
    shops: Shops = Field(
        default=(),
        description="shops that the service serves, as `name=folder`, separated by commas: each with the settings in"
        " the `service.env` of its folder, and with keys of its own; without any, it serves that in the current folder",
    )
    state: str = Field(
        default="lmdb:serving/var/state",
        min_length=1,
        description="store of the online state: `lmdb:FOLDER`, or `redis://…` for several machines",
    )
    customer_keys: Path = Field(
        default=FILE,
        description="file of the customers' secrets, of which their pseudonyms are made; destroying a secret erases a"
        " customer. Not used with the public demo key",
    )
    model_dir: Path = Field(default=Path("serving/var/models"), description="folder that keeps the champion's bundles")
    registry_poll_seconds: float = Field(
        default=30, ge=1, le=3600, description="seconds between two polls of the registry for a new champion"
    )
    prediction_log: Path = Field(default=Path("serving/var/predictions"), description="folder of the prediction log")
    prediction_log_max_bytes: int = Field(
        default=64 * 2**20,
        ge=2**20,
        le=2**34,
        description="largest size of one file of the prediction log, in bytes; then the next file begins",
    )
    prediction_log_files: int = Field(
        default=20, ge=2, le=10_000, description="files of the prediction log that are kept"
    )
    prediction_log_features: bool = Field(
        default=False, description="whether the prediction log keeps all features, or only their hash"
    )
    shadow_log: Path = Field(
        default=Path("serving/var/shadow"),
        description="folder of the log of what the version in shadow would have answered; at most as large as the"
        " prediction log",
    )
    shadow_cores: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="share of a core that scoring in shadow takes at most, at the lowest priority; what comes beyond it"
        " is dropped and counted",
    )
    shadow_every_seconds: float = Field(
        default=86400,
        ge=0,
        le=30 * 86400,
        description="seconds between two looks at the evidence about the version in shadow, which promote it or roll"
        " back as `shadow` of params.yaml says; 0: none, and `make shadow` looks by hand",
    )
    decision_log: Path = Field(
        default=Path("serving/var/decisions"),
        description="folder of the log of decisions, of which the service removes nothing",
    )
    retain_log_days: float | None = Field(
        default=None,
        gt=0,
        le=36_500,
        description="age in days of its last line from which the service removes a file of the prediction log, the"
        " shadow's log or the decision log; empty: the first two by size alone, and nothing of the decision log",
    )
    retain_idle_days: float | None = Field(
        default=None,
        gt=0,
        le=36_500,
        description="days since the last order, return or other change of a customer's counters after which the"
        " customer is erased; empty: never. Not used with the public demo key",
    )
    learned_effects: Path = Field(
        default=Path("serving/var/learned"),
        description="folder of the learned effects by which challengers of the policy choose, a folder for each name",
    )
    quality: Path = Field(
        default=Path("serving/var/quality"),
        description="folder of what the quality watch found: how good the scores are, and the alarms",
    )
    quality_every_seconds: float = Field(
        default=3600,
        ge=0,
        le=7 * 86400,
        description="seconds between two looks at the quality of the scores, each beside the workers; 0: none, and"
        " `make quality` looks by hand",
    )
    level_follows: bool = Field(
        default=True,
        description="whether the level of the scores follows what becomes known of them, at each look at their quality",
    )
    alarm_mail_to: Addresses = Field(
        default=(), description="addresses, separated by commas, that alarms are mailed to; without any: no mail"
    )
    alarm_mail_from: Addresses = Field(
        default=(), max_length=1, description="address that the mail is from; without one: the first it goes to"
    )
    smtp_host: str = Field(default="localhost", min_length=1, description="mail server that takes the mail")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="its port")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="how the connection is encrypted: `tls` from its first byte (port 465), `starttls` before anything"
        " is said (587); `none` only for a server on this machine (25)",
    )
    smtp_user: str | None = Field(default=None, description="user of the mail server; without one: no login")
    smtp_password_file: Path | None = Field(
        default=None, description="file with the user's password, read anew for each mail"
    )
    alarm_webhook: str | None = Field(
        default=None,
        description="address that is called for each alarm: https, or http on this machine; never shown, as it may"
        " hold a token",
    )
    alarm_webhook_secret_file: Path | None = Field(
        default=None,
        description="file with the secret (`whsec_…`) that the calls are signed with; two, a line each, while receivers"
        " go over to a new one",
    )
    product_report: Path = Field(
        default=Path("reports/products"), description="folder of the product report that the pages show"
    )
    reviews: Path = Field(
        default=Path("serving/var/reviews.sqlite"), description="file of the states and notes of the report's alerts"
    )
    policy_replay: Path = Field(
        default=Path("reports/replay"), description="folder of the baskets over which policies are replayed"
    )
    policy_scenarios: Path = Field(
        default=Path("serving/var/scenarios.sqlite"),
        description="file of the scenarios that were tried and saved under /products/policy",
    )
    sessions: Path = Field(
        default=Path("serving/var/sessions.sqlite"), description="file of the logins to the pages, and of wrong ones"
    )
    exchange_rates: Path | None = Field(
        default=None,
        description="file of the shop's exchange rates (YAML), by which amounts in other currencies are converted; read"
        " again when it changes; without one, only the shop's own currency is taken",
    )
    past_tolerance_seconds: float = Field(
        default=3600,
        ge=0,
        le=1e9,
        description="how long before the latest known fact the `ordered_at` of a basket may lie, in seconds; such a"
        " basket is scored as of this fact, and an earlier one is refused",
    )
    max_age_order_seconds: float | None = Field(
        default=None,
        gt=0,
        le=1e9,
        description="age in seconds above which the latest known order makes an answer `degraded: stale_data`;"
        " empty: off",
    )
    max_age_delivery_seconds: float | None = Field(
        default=None, gt=0, le=1e9, description="the same for the latest known delivery; empty: off"
    )
    max_age_outcome_seconds: float | None = Field(
        default=None,
        gt=0,
        le=1e9,
        description="the same for the latest known outcome, that is, a return or a cancellation; and return windows"
        " that end later than so long after it wait until outcomes come again; empty: off",
    )
    max_gap_days: int = Field(
        default=14,
        ge=1,
        le=365,
        description="days without an order, a delivery or an outcome after which new ones alone don't make the data"
        " current again, where the kind has an age above: it is `stale_data` until facts have come for as long as they"
        " were missing or for three years, or until those that were missing have come; and days without any fact after"
        " which the feed has stopped: return windows that end later wait until it goes on",
    )
    max_body_bytes: int = Field(default=2**20, ge=2**10, le=2**26, description="largest body of a request, in bytes")
    max_in_flight: int = Field(
        default=128,
        ge=1,
        le=10_000,
        description="requests to one path that a worker answers at a time; more get 503 at once",
    )
    request_timeout_seconds: float = Field(
        default=10, gt=0, le=300, description="seconds for one request, from its first byte to its answer"
    )
    rate_limit_per_second: float = Field(
        default=1000,
        gt=0,
        le=1e6,
        description="baskets and events a second for each key in each worker, in the long run",
    )
    rate_limit_burst: int = Field(
        default=2000, ge=1, le=10**7, description="baskets and events that a key may send at once after a pause"
    )
    shutdown_seconds: float = Field(
        default=20, ge=0, le=600, description="seconds that running requests get at a shutdown"
    )
    demo: bool = Field(
        default=False,
        description="whether `/demo` shows the checkout demo: a small shop that asks for decisions. They are real ones:"
        " they are logged, and count in the caps and in experiments, so set it for a service of its own",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="lowest level that is logged; requests are logged at info"
    )

    @property
    def silence(self) -> Silence:
        """How long after the latest outcome, and after the latest fact, return windows close."""
        of_outcomes = self.max_age_outcome_seconds
        outcome = None if of_outcomes is None else round(of_outcomes * 1e6)
        return Silence(outcome, self.max_gap_days * MICROSECONDS_PER_DAY)

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        return is_loopback(self.host)

    @classmethod
    def from_environment(cls) -> Self:
        """Read the settings.

        Raises
        ------
        UserError
            A variable that starts with `PREFIX` is unknown, or a value is out of range.
        """
        _refuse_unknown(os.environ)
        try:
            return cls()
        except ValidationError as error:
            raise _as_user_error(error) from None

    def with_own(self, own: Mapping[str, str], source: Path) -> Self:
        """Give these settings with the values ``own`` of some fields, which ``source`` has; `UserError` as above."""
        try:
            checked = type(self).model_validate({**self.model_dump(), **own})
        except ValidationError as error:
            raise _as_user_error(error, f" in {source}") from None
        return checked


def is_loopback(host: str) -> bool:
    """Whether ``host`` is a loopback address, which no other machine can reach."""
    return host == "localhost" or (is_address(host) and ipaddress.ip_address(host).is_loopback)


def is_address(host: str) -> bool:
    """Whether ``host`` is an IP address, and not a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def host_name(host: str) -> str:
    """Give the name in a header ``Host``, in small letters, without port, brackets and the dot at its end."""
    name = host.partition("]")[0].removeprefix("[") if host.startswith("[") else host.partition(":")[0]
    name = host if host.count(":") > 1 and not host.startswith("[") else name  # IPv6 without brackets
    return name.lower().removesuffix(".")


def variable(field: str) -> str:
    """Name the environment variable of a field."""
    return PREFIX + field.upper()


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    known = {variable(name) for name in Settings.model_fields} | OTHERS
    given = {name.upper() for name in environment if name.upper().startswith(PREFIX)}
    if not given - known:
        return
    unknown = sorted(given - known)
    names = [name.removeprefix(PREFIX) for name in known]
    close = difflib.get_close_matches(unknown[0].removeprefix(PREFIX), names, n=1)
    raise UserError(
        expected=f"settings that the service has: {', '.join(sorted(known))}",
        found=f"{', '.join(unknown)} in the environment",
        fix=f"did you mean {PREFIX}{close[0]}?" if close else f"unset {unknown[0]}",
    )


def _as_user_error(error: ValidationError, where: str = "") -> UserError:
    found = []
    for item in error.errors(include_url=False):
        name = str(item["loc"][0])
        value = "a value that is not shown" if name in SECRET else repr(item["input"])
        found.append(f"{variable(name)} = {value}: {item['msg']}")
    return UserError(
        expected="settings as the table in docs/reference/settings.md lists them",
        found="; ".join(found),
        fix=f"correct the variables named above{where}",
    )
