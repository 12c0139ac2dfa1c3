"""The shops that a service serves. Each has a folder: a checkout of the project, where its own pipeline runs.

In that folder are the shop's params.yaml, its state, model, logs and product report, and ``service.env`` with its own
settings: the same file that the commands of the shop (``make retrain``, ``make outcomes``) take their settings from. A
service without named shops serves the one in the current folder, with the settings of the environment.
"""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from data import params
from data.errors import UserError
from data.identity import KEY_VARIABLE, IdKey, key_from_environment
from data.params import PARAMS_FILE, SectionT
from data.pseudonyms.customer_keys import CustomerKeys
from data.pseudonyms.pseudonyms import KeyedHashes, pseudonyms_of
from features.online_state.seed_file import STATE
from serving import environment_file
from serving.settings import PREFIX, SECRET, Settings, variable
from training.registry.names import model_name
from training.registry.store import address as store_address

CODE: Final = Path(__file__).absolute().parents[1]
"""The folder that holds this code."""
FILE: Final = "service.env"
OWN: Final = frozenset({
    "state", "customer_keys", "model_dir", "registry_poll_seconds", "prediction_log", "prediction_log_max_bytes",
    "prediction_log_files", "prediction_log_features", "decision_log", "learned_effects", "product_report", "reviews",
    "policy_replay", "policy_scenarios", "exchange_rates", "quality", "quality_every_seconds", "level_follows",
    "alarm_mail_to", "alarm_mail_from", "alarm_webhook", "alarm_webhook_secret_file",
    "smtp_host", "smtp_port", "smtp_security", "smtp_user", "smtp_password_file",
    "shadow_log", "shadow_every_seconds", "retain_log_days", "retain_idle_days",
    "past_tolerance_seconds", "max_age_order_seconds", "max_age_delivery_seconds", "max_age_outcome_seconds",
    "max_gap_days",
})  # fmt: skip
"""Settings that each shop has of its own; the others are the whole service's."""
APART: Final = (
    "state", "customer_keys", "model_dir", "prediction_log", "decision_log", "learned_effects", "product_report",
    "reviews", "policy_replay", "policy_scenarios", "quality", "shadow_log",
)  # fmt: skip
"""Settings that name what a shop keeps: no two shops may have the same there."""
CHAMPION: Final = "the model's name in the registry (registry.model, and data.mapping or data.path, of params.yaml)"
_LMDB: Final = "lmdb:"
_REDIS_PORT: Final = 6379


@dataclass(frozen=True)
class Shop:
    """One shop. ``name``: None for the only one of a service without named shops.

    ``settings``: the service's, with the shop's own among them. ``folder``: where its params.yaml is.
    ``environment``: the variables that its commands see, its secrets among them.
    """

    name: str | None
    settings: Settings
    folder: Path = Path()
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    @classmethod
    def only(cls, settings: Settings) -> Self:
        """The shop of the current folder, with the settings of the environment."""
        return cls(None, settings)

    @property
    def seed(self) -> Path:
        """The folder with the seed of its online state."""
        return self.folder / STATE

    def params(self, name: str, model: type[SectionT]) -> SectionT:
        """Read a section of its params.yaml; `UserError` as `data.params.load`."""
        return params.load(name, model, self.folder / PARAMS_FILE)

    def module(self, name: str) -> tuple[list[str], dict[str, str]]:
        """Give the command that runs a module of this code in the shop's folder, and its environment.

        The folder may hold a checkout with code of its own, which is not to be imported.
        """
        if self.name is None:
            return [sys.executable, "-m", name], dict(self.environment)
        return [sys.executable, "-P", "-m", name], {**self.environment, "PYTHONPATH": os.fspath(CODE)}

    def id_key(self) -> IdKey:
        """The key with which its customers' ids are looked up and its baskets are hashed."""
        return key_from_environment(warn=False, environment=self.environment)

    def pseudonyms(self) -> KeyedHashes | CustomerKeys:
        """What gives its customers' pseudonyms."""
        return pseudonyms_of(self.id_key(), self.settings.customer_keys)


def shops_of(settings: Settings) -> tuple[Shop, ...]:
    """Give the shops that the settings name; the only one where they name none.

    Raises
    ------
    UserError
        A shop's folder or its settings are wrong, or two shops would write to one place; or the environment has
        settings that each shop has of its own.
    """
    if not settings.shops:
        return (Shop.only(settings),)
    _refuse_own(os.environ)
    shops = tuple(_named(name, folder, settings) for name, folder in settings.shops)
    _keep_apart(shops)
    return shops


def _refuse_own(environment: Mapping[str, str]) -> None:
    found = sorted({variable(name) for name in OWN} & environment.keys() | {KEY_VARIABLE} & environment.keys())
    if found:
        raise UserError(
            expected="settings of the whole service in the environment, as RETURN_RISK_SHOPS names several shops",
            found=f"{', '.join(found)}, which each shop has of its own",
            fix=f"unset {found[0]}, and set it in the {FILE} of each shop's folder",
        )


def _named(name: str, folder: Path, settings: Settings) -> Shop:
    folder = folder.absolute()
    if not (folder / PARAMS_FILE).is_file():
        raise UserError(
            expected=f"the folder of the shop {name}, a checkout of the project with its {PARAMS_FILE}",
            found=f"no {PARAMS_FILE} in {folder}",
            fix="correct RETURN_RISK_SHOPS, or make the folder: see docs/how-to/shops-and-currencies.md",
        )
    file = folder / FILE
    given = environment_file.read(file)
    wide = sorted(key for key in given if key.startswith(PREFIX) and key not in _OWN_VARIABLES)
    if wide:
        raise UserError(
            expected=f"in {file} the shop's own settings: {', '.join(sorted(_OWN_VARIABLES))}",
            found=", ".join(wide),
            fix=f"take {wide[0]} out, and set it for the whole service where the service needs it",
        )
    if given.get(KEY_VARIABLE) is None:
        raise UserError(
            expected=f"in {file} the key with which the customers of the shop {name} are hashed, {KEY_VARIABLE}",
            found="no such line" if file.is_file() else "no such file",
            fix=f"add the key that dvc repro has there: {KEY_VARIABLE}=…",
        )
    own = {key: given[variable(key)] for key in OWN if given.get(variable(key))}
    inherited = {key: value for key, value in os.environ.items() if key != variable("shops")}
    return Shop(name, _resolved(settings.with_own(own, file), folder), folder, {**inherited, **given})


_OWN_VARIABLES: Final = frozenset({variable(name) for name in OWN} | {KEY_VARIABLE})


def _resolved(settings: Settings, folder: Path) -> Settings:
    """Make the paths of the shop's own settings absolute: those that are not, are within its folder."""
    paths = {name: folder / value for name in OWN if isinstance(value := getattr(settings, name), Path)}
    state = settings.state
    if state.startswith(_LMDB):
        state = f"{_LMDB}{folder / state.removeprefix(_LMDB)}"
    return settings.model_copy(update={**paths, "state": state})


def _keep_apart(shops: Sequence[Shop]) -> None:
    """Refuse two shops that would write to one place, or read the other's report."""
    for one, other in combinations(shops, 2):
        for name, place in _places(one):
            if (name, place) in set(_places(other)):
                shown = "the same value" if name in SECRET or name == CHAMPION else place
                what = variable(name) if name in APART else name
                raise UserError(
                    expected=f"places of its own for each shop, so that nothing of {one.name} gets to {other.name}",
                    found=f"{what} of both: {shown}",
                    fix=f"let one of them have another: in RETURN_RISK_SHOPS, or in the {FILE} of its folder",
                )


def _places(shop: Shop) -> Iterator[tuple[str, str]]:
    yield "the folder", os.path.realpath(shop.folder)
    uri = store_address.resolve(None, shop.environment, shop.folder)
    yield CHAMPION, f"{uri} {model_name(shop.folder / PARAMS_FILE)}"
    for name in APART:
        value = getattr(shop.settings, name)
        yield name, _address(value) if isinstance(value, str) else os.path.realpath(value)


def _address(state: str) -> str:
    """The address of a store without what does not change its place, such as the password of a Redis."""
    if state.startswith(_LMDB):
        return os.path.realpath(state.removeprefix(_LMDB))
    parts = urlsplit(state)
    return f"{parts.hostname}:{parts.port or _REDIS_PORT}/{parts.path.strip('/') or 0}?{parts.query}"
