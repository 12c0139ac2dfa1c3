from functools import partial

import pytest

from data.errors import UserError
from features.online_state import records
from features.stores.memory import MemoryStore
from features.stores.store import Snapshot, Store, StoreError, Transaction
from serving.state.guarded_store import GuardedStore
from tests.serving.served_shop import any_state, opened, served_shop, shop_of_sizes


@pytest.fixture
def store() -> MemoryStore:
    return served_shop().store()


def put(transaction: Transaction) -> None:
    transaction.put(b"x", b"1")


def about_of(snapshot: Snapshot) -> list[bytes | None]:
    return snapshot.get([records.ABOUT])


def test_a_store_that_was_not_opened_is_refused(store: MemoryStore) -> None:
    guarded = GuardedStore(lambda: store, any_state)

    with pytest.raises(StoreError, match="not opened yet"):
        guarded.read(lambda snapshot: snapshot.get([b"x"]))


def test_a_state_that_is_not_whole_is_refused() -> None:
    guarded = GuardedStore(MemoryStore, any_state)

    guarded.look()

    assert guarded.trouble is not None
    assert guarded.trouble.cause == "unfinished"


def test_a_state_that_fails_the_check_is_refused_with_what_was_found(store: MemoryStore) -> None:
    def check(_: records.StateAbout) -> None:
        raise UserError(expected="this key", found="that key", fix="change it")

    guarded = GuardedStore(lambda: store, check)
    guarded.look()

    assert str(guarded.trouble) == "mismatch: expected this key; found that key; change it"


def test_a_store_that_is_gone_is_closed_and_opened_anew_until_it_holds_a_state(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_: object) -> None:
        raise StoreError("gone", "its file was deleted")

    empty, other = MemoryStore(), shop_of_sizes().store()
    closed: list[MemoryStore] = []
    for each in (store, empty):
        monkeypatch.setattr(each, "close", partial(closed.append, each))
    places = iter([store, empty, other])
    guarded = GuardedStore(lambda: next(places), any_state)
    guarded.look()
    before = guarded.about

    monkeypatch.setattr(store, "read", gone)
    with pytest.raises(StoreError, match="its file was deleted"):
        guarded.read(about_of)
    guarded.look()
    with pytest.raises(StoreError, match="the store holds no whole state"):
        guarded.read(about_of)
    monkeypatch.setattr(empty, "write", gone)
    with pytest.raises(StoreError, match="its file was deleted"):
        guarded.write(put)
    guarded.look()

    assert closed == [store, empty]
    assert before == served_shop().about != shop_of_sizes().about
    assert guarded.about == shop_of_sizes().about
    assert guarded.trouble is None
    assert guarded.read(about_of) == [records.write_about(shop_of_sizes().about)]
    guarded.write(put)
    assert other.read(lambda snapshot: snapshot.get([b"x"])) == [b"1"]


def test_a_state_whose_place_another_one_takes_is_told_nothing(store: MemoryStore) -> None:
    guarded = opened(store)
    store.write(lambda transaction: transaction.put(records.CLOSED, b"1"))

    with pytest.raises(StoreError, match="another state is replacing this one"):
        guarded.write(put)

    assert store.read(lambda snapshot: snapshot.get([b"x"])) == [None]
    assert guarded.trouble is None
    assert guarded.read(about_of) == [records.write_about(served_shop().about)]


class Places:
    """Two states, of which the one called ``name`` is served."""

    def __init__(self) -> None:
        self.name, self.revived = "old", list[str]()

    def served(self) -> str:
        return self.name

    def revive(self, name: str, store: Store) -> bool:
        store.write(lambda transaction: transaction.delete(records.CLOSED))
        self.revived.append(name)
        return True


def test_workers_move_to_the_state_that_replaces_theirs_and_read_on_meanwhile(store: MemoryStore) -> None:
    places, new = Places(), shop_of_sizes().store()
    guarded = GuardedStore(lambda: {"old": store, "new": new}[places.name], any_state, places=places)
    guarded.look()
    older = guarded.about
    assert older is not None

    places.name = "new"
    guarded.look()
    assert guarded.about == older  # nothing has closed it: nobody replaces it yet
    store.write(lambda transaction: transaction.put(records.CLOSED, b"1"))
    guarded.look()

    assert guarded.about == shop_of_sizes().about
    assert guarded.trouble is None
    guarded.write(put)
    with pytest.raises(StoreError, match="another state is replacing this one"):
        guarded.write_to(older, put)
    assert new.read(lambda snapshot: snapshot.get([b"x"])) == [b"1"]


def test_a_state_whose_replacement_was_given_up_takes_events_again(store: MemoryStore) -> None:
    places = Places()
    guarded = GuardedStore(lambda: store, any_state, places=places)
    guarded.look()
    store.write(lambda transaction: transaction.put(records.CLOSED, b"1"))

    guarded.look()

    assert places.revived == ["old"]
    guarded.write(put)


def test_a_state_that_was_exchanged_is_told_nothing(store: MemoryStore) -> None:
    guarded = opened(store)
    store.write(lambda transaction: transaction.delete(records.ABOUT))

    with pytest.raises(StoreError, match="another state has replaced this one"):
        guarded.write(put)


def test_a_store_that_cannot_be_written_can_be_read(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    guarded = opened(store)

    def full(_: object) -> None:
        raise StoreError("full", "no room")

    monkeypatch.setattr(store, "write", full)
    with pytest.raises(StoreError, match="no room"):
        guarded.write(put)

    assert guarded.trouble is None
    assert guarded.read(lambda snapshot: snapshot.get([records.ABOUT]))[0] is not None
