"""The home of the state: loading a seed into the store, and the change to the next seed."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from data.errors import UserError
from data.identity import DEMO_KEY, IdKey
from data.pseudonyms.customer_keys import CustomerKeys
from data.pseudonyms.pseudonyms import KeyedHashes
from data.times import now_us
from features.online_state import records, restore
from features.online_state.events import Event, LineReturned, Status
from features.online_state.live import LiveState
from features.online_state.records import StateAbout
from features.online_state.seed_file import write_about
from features.stores.address import namespaces
from features.stores.store import Agenda, Store, StoreError
from serving.state import claim
from serving.state import home as state_home
from serving.state.home import StateHome, check_identity, live_state
from tests.features.states import MAX_DELAY_DAYS
from tests.serving.served_shop import ServedShop, served_shop

KEY = KeyedHashes(IdKey(DEMO_KEY, public=True))
NOW = now_us()
OLD, NEW = sorted((served_shop(7), served_shop(8)), key=lambda shop: shop.about.as_of or 0)


@pytest.fixture
def home(tmp_path: Path) -> StateHome:
    return StateHome(f"lmdb:{tmp_path / 'state'}", MAX_DELAY_DAYS, OLD.seed)


def tell(home: StateHome, shop: ServedShop, event: Event) -> Status:
    store = home.open()
    try:
        return live_state(store, shop.about, MAX_DELAY_DAYS).apply([event], NOW)[0].status
    finally:
        store.close()


def states(home: StateHome) -> list[str]:
    return [name for name in namespaces(home.address) if name != state_home.HOME]


def events_in(store: Store, *event_ids: str) -> list[bool]:
    keys = [records.event_key(event_id) for event_id in event_ids]
    return [value is not None for value in store.read(lambda snapshot: snapshot.get(keys))]


def test_the_first_start_loads_the_seed_and_later_ones_keep_what_came_since(home: StateHome) -> None:
    shop = OLD
    home.prepare()

    applied = tell(home, shop, LineReturned("r1", shop.placed[-1].line_ids[0], NOW))
    home.prepare()

    assert home.about() == shop.about
    assert (applied, tell(home, shop, LineReturned("r1", shop.placed[-1].line_ids[0], NOW))) == (
        Status.WAITING,
        Status.DUPLICATE,
    )


def test_windows_that_closed_while_nothing_ran_are_counted_before_anybody_asks(home: StateHome) -> None:
    home.prepare()

    store = home.open()
    due = store.read(lambda snapshot: snapshot.due(Agenda.CLOSE, NOW, 10))
    store.close()

    assert due == []


def test_a_new_seed_takes_over_the_events_of_the_state_before_and_removes_it(home: StateHome) -> None:
    old, new = OLD, NEW
    home.prepare()
    tell(home, old, LineReturned("r1", "a line that nobody knows", NOW))
    before = states(home)

    later = StateHome(home.address, MAX_DELAY_DAYS, new.seed)
    later.prepare()

    assert later.about() == new.about
    assert not set(before) & set(states(later))
    store = later.open()
    assert events_in(store, "r1") == [True]
    store.close()


def test_a_seed_takes_the_place_of_the_state_that_is_served_once(home: StateHome) -> None:
    home.prepare()
    before = home.served()
    later = StateHome(home.address, MAX_DELAY_DAYS, NEW.seed)

    assert later.renew(wait_seconds=0)

    assert later.about() == NEW.about
    assert later.served() != before
    assert before not in states(later)
    assert not later.renew(wait_seconds=0)


def test_a_seed_of_older_tables_takes_no_state_s_place(home: StateHome) -> None:
    later = StateHome(home.address, MAX_DELAY_DAYS, NEW.seed)
    later.prepare()

    with pytest.raises(UserError, match="make retrain"):
        home.renew(wait_seconds=0)

    assert later.about() == NEW.about


def test_a_takeover_that_stood_still_until_others_went_on_is_given_up(
    home: StateHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.prepare()
    later, carry_over = StateHome(home.address, MAX_DELAY_DAYS, NEW.seed), restore.carry_over

    def stolen(old: Store, live: LiveState, *more: int) -> restore.CarriedOver:
        if len(more) > 1:  # the older state is closed by now
            monkeypatch.setattr(state_home, "holds", lambda *_: False)
        return carry_over(old, live, *more)

    monkeypatch.setattr(restore, "carry_over", stolen)
    with pytest.raises(StoreError, match="another process took the claim"):
        later.renew(wait_seconds=0)

    assert home.about() == OLD.about
    assert tell(home, OLD, LineReturned("r1", OLD.placed[-1].line_ids[0], NOW)) is Status.WAITING


def test_a_start_that_broke_off_between_the_new_state_and_the_old_ones_events_is_made_good(
    home: StateHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = OLD, NEW
    home.prepare()
    tell(home, old, LineReturned("r1", "a line that nobody knows", NOW))
    later = StateHome(home.address, MAX_DELAY_DAYS, new.seed)

    with monkeypatch.context() as patched:
        patched.setattr(restore, "carry_over", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            later.prepare()
    later.prepare()

    store = later.open()
    assert events_in(store, "r1") == [True]
    store.close()


def test_without_a_seed_the_one_state_that_is_there_is_served(home: StateHome, tmp_path: Path) -> None:
    home.prepare()
    alone = StateHome(home.address, MAX_DELAY_DAYS, tmp_path / "no seed")

    alone.prepare()

    assert alone.about() == OLD.about


def test_without_a_seed_and_a_state_it_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="make the seed: dvc repro"):
        StateHome(f"lmdb:{tmp_path / 'state'}", MAX_DELAY_DAYS, tmp_path / "no seed").prepare()


def test_a_damaged_seed_is_refused_and_leaves_no_state(home: StateHome, tmp_path: Path) -> None:
    seed = tmp_path / "seed"
    seed.mkdir()
    for file in home.seed.iterdir():
        (seed / file.name).write_bytes(file.read_bytes())
    (seed / "records.parquet").write_bytes((seed / "records.parquet").read_bytes()[:-100])
    damaged = StateHome(home.address, MAX_DELAY_DAYS, seed)

    with pytest.raises(UserError, match="records"):
        damaged.prepare()

    assert damaged.about() is None
    with pytest.raises(StoreError, match="no state was prepared"):
        damaged.open()


def test_a_running_service_stays_with_its_state_when_a_run_writes_another_seed(home: StateHome) -> None:
    home.prepare()

    store = StateHome(home.address, MAX_DELAY_DAYS, NEW.seed).open()

    assert restore.current(store) == OLD.about
    store.close()


def test_a_machine_with_an_older_seed_serves_the_later_state(home: StateHome, monkeypatch: pytest.MonkeyPatch) -> None:
    home.prepare()
    older = replace(NEW.about, as_of=1)
    monkeypatch.setattr(state_home, "read_about", lambda _: older)

    StateHome(home.address, MAX_DELAY_DAYS, NEW.seed).prepare()

    assert home.about() == OLD.about


# --- states of another version of the code ---


def of_another_version(about: StateAbout) -> StateAbout:
    """A description of a state from before features of reasons had strengths of their own."""
    params = {name: value for name, value in about.recipe["params"].items() if name != "prior_returns"}
    return replace(about, recipe={**about.recipe, "params": params}, state_digest="of another version")


def age(home: StateHome, **changes: Any) -> StateAbout:
    """Turn the served state into one of another version."""
    store = home.open()
    aged = replace(of_another_version(OLD.about), **changes)
    store.write(lambda transaction: transaction.put(records.ABOUT, records.write_about(aged)))
    store.close()
    return aged


def seed_of_another_version(folder: Path) -> Path:
    shutil.copytree(OLD.seed, folder)
    write_about(of_another_version(OLD.about), folder)
    return folder


@pytest.mark.parametrize("later", [False, True])
def test_a_state_of_another_version_gives_its_events_and_its_place_to_a_new_seed(
    home: StateHome, *, later: bool
) -> None:
    home.prepare()
    tell(home, OLD, LineReturned("r1", "a line that nobody knows", NOW))
    age(home, as_of=NOW if later else OLD.about.as_of)

    new = StateHome(home.address, MAX_DELAY_DAYS, NEW.seed)
    new.prepare()

    assert new.about() == NEW.about
    store = new.open()
    assert events_in(store, "r1") == [True]
    store.close()


def test_a_seed_of_another_version_is_refused_before_it_is_loaded_and_says_what_to_do(tmp_path: Path) -> None:
    home = StateHome(f"lmdb:{tmp_path / 'state'}", MAX_DELAY_DAYS, seed_of_another_version(tmp_path / "seed"))

    with pytest.raises(UserError, match=r"(?s)state of this version.*prior_returns.*make its seed .*dvc repro"):
        home.prepare()

    assert states(home) == []


def test_a_seed_of_another_version_leaves_the_state_that_is_served(home: StateHome, tmp_path: Path) -> None:
    home.prepare()
    older = StateHome(home.address, MAX_DELAY_DAYS, seed_of_another_version(tmp_path / "seed"))

    with pytest.raises(UserError, match="state of this version"):
        older.prepare()

    assert older.about() == OLD.about


def test_a_state_of_another_version_is_not_served(home: StateHome) -> None:
    home.prepare()
    aged = age(home)

    with pytest.raises(UserError, match="state of this version"):
        state_home.check(aged, KEY)


def test_a_start_waits_for_one_that_loads_and_not_for_one_that_died(home: StateHome) -> None:
    started: list[str] = []
    with home._opened(state_home.HOME) as store:
        store.write(lambda t: t.put(claim.CLAIM, f"dead {now_us() / 1e6 - 31}".encode()))
        other = Thread(target=lambda: started.append(_claimed(store)))

        with claim.claimed(store):
            other.start()
            other.join(1.2)
            waiting = list(started)
        other.join(5)

    assert (waiting, started) == ([], ["claimed"])


def _claimed(store: Store) -> str:
    with claim.claimed(store):
        return "claimed"


def test_another_key_of_customer_ids_is_refused() -> None:
    with pytest.raises(UserError, match=r"RETURN_RISK_ID_KEY to be the key .* \(a key\)"):
        check_identity(OLD.about, KEY)


def test_a_state_with_hashes_by_the_shops_own_key_is_told_how_to_come_to_secrets(tmp_path: Path) -> None:
    key = IdKey(b"a key of the shop", public=False)
    hashed = records.read_about(json.dumps(facts_of(id_key=key.fingerprint)).encode())
    keys = CustomerKeys(tmp_path / "keys.sqlite", key)
    for made in (False, True):
        if made:
            keys.make(["somebody"])
        with pytest.raises(UserError, match="From a version with hashes"):
            check_identity(hashed, keys)
    with pytest.raises(UserError, match="RETURN_RISK_ID_KEY to be the key"):
        check_identity(hashed, CustomerKeys(tmp_path / "other.sqlite", IdKey(b"another", public=False)))


def test_ids_that_are_taken_as_they_are_need_no_key() -> None:
    check_identity(None, KEY)
    check_identity(records.read_about(json.dumps(facts_of(id_key=None)).encode()), KEY)


def test_the_same_tables_under_another_reading_are_a_state_of_their_own(home: StateHome, tmp_path: Path) -> None:
    home.prepare()
    shutil.copytree(OLD.seed, tmp_path / "seed")
    read_so = replace(OLD.about, reading={"guests": ["0"]})
    write_about(read_so, tmp_path / "seed")

    StateHome(home.address, MAX_DELAY_DAYS, tmp_path / "seed").prepare()

    assert home.about() == read_so


def facts_of(**changes: object) -> dict[str, object]:
    return {**json.loads(records.write_about(OLD.about)), **changes}
