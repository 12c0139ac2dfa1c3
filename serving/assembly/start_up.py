"""What is done once before a service starts: its state is prepared, and an example basket made."""

from pydantic import JsonValue

from data.logs import log
from data.times import now_us
from features.online_state.seed_file import RECORDS_FILE, read_about
from features.stores.store import StoreError
from serving.assembly import parts
from serving.http.wire.examples import BASKET
from serving.shops import Shop
from serving.state import home as state_home
from serving.state.example import example_basket


def prepare(shop: Shop) -> None:
    """Bring the online state up to the last run, before any worker starts.

    Raises
    ------
    UserError
        There is neither a state nor a seed; or it is broken, or of another version of the code; or customer ids are
        hashed with another key.
    """
    home = parts.home(shop)
    try:
        home.prepare()
        state_home.check(home.about(), shop.pseudonyms())
    except StoreError as error:
        # The service also starts without its store: a checkout then gets answers from priors.
        log.error("the store can't be reached; until it can, priors answer: %s", error)  # noqa: TRY400 - no fault of ours


def example_request(shop: Shop) -> dict[str, JsonValue]:
    """Make a basket of products that the state knows, of a time as of which the state can answer.

    It names a known customer where ids are not hashed.

    Raises
    ------
    UserError
        There is no seed to take the basket from.
    """
    about = read_about(shop.seed)
    # Facts of the tables that do not count are not among the latest, and the seed lies after them all the same.
    known = [time for time in (_latest_fact(shop), about.as_of) if time is not None]
    example = example_basket(shop.seed / RECORDS_FILE, max(known, default=None), now_us())
    if about.id_key is not None:
        example.pop("customer_id", None)
    return example or BASKET


def _latest_fact(shop: Shop) -> int | None:
    """The time of the latest fact in the served state; None where it can't be read."""
    try:
        return parts.home(shop).latest().of_all
    except StoreError:
        return None
