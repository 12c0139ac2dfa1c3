"""The parts that serve a person's rights, beside a service that may run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from data.pseudonyms.customer_keys import CustomerKeys
from serving.assembly import parts
from serving.privacy.erasure import PAUSE_SECONDS, Erasures
from serving.shops import Shop
from serving.state import home as state_home
from serving.state.served_state import ServedState


@dataclass(frozen=True)
class PersonParts:
    """What serves a person's rights beside the service: ``form`` reads the shop's key, ``keys`` gives the secrets.

    ``state``: None where none was prepared yet.
    """

    erasures: Erasures
    form: Callable[[str], str | None]
    keys: Callable[[], CustomerKeys | None]
    state: ServedState | None


@contextmanager
def assemble_person(shop: Shop, pause: float = PAUSE_SECONDS) -> Iterator[PersonParts]:
    """Make what erases and describes customers of a shop from another process than the service's, which may run or not.

    ``pause``: as `Erasures` takes it.

    Raises
    ------
    UserError
        The state can't be read with the shop's key and secrets.
    """
    found = parts.state_of(shop, prepares=False)
    home, store, intake = found.home, found.store, found.intake
    state_home.check(home.about(), shop.pseudonyms())
    there = home.served() is not None
    if there:
        store.look()
    state, caps = found.served, parts.caps(shop)
    forget = state.forget if there else lambda _, __: None
    erasures = parts.erasures(shop.settings, caps, intake, forget, pause)
    try:
        yield PersonParts(erasures, intake.form, lambda: intake.keys, state if there else None)
    finally:
        caps.close()
        store.close()
