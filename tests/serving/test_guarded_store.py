import pytest

from data.errors import UserError
from features import facts
from features.stores.memory import MemoryStore
from features.stores.store import StoreError, Transaction
from serving.guarded_store import GuardedStore
from tests.serving.served_shop import opened, served_shop


@pytest.fixture
def store() -> MemoryStore:
    return served_shop().store()


def put(transaction: Transaction) -> None:
    transaction.put(b"x", b"1")


def test_a_store_that_was_not_opened_is_refused(store: MemoryStore) -> None:
    guarded = GuardedStore(lambda: store)

    with pytest.raises(StoreError, match="not opened yet"):
        guarded.read(lambda snapshot: snapshot.get([b"x"]))


def test_a_state_that_is_not_whole_is_refused() -> None:
    guarded = GuardedStore(MemoryStore)

    guarded.look()

    assert guarded.trouble is not None
    assert guarded.trouble.cause == "unfinished"


def test_a_state_that_fails_the_check_is_refused_with_what_was_found(store: MemoryStore) -> None:
    def check(_: facts.About) -> None:
        raise UserError(expected="this key", found="that key", fix="change it")

    guarded = GuardedStore(lambda: store, check)
    guarded.look()

    assert str(guarded.trouble) == "mismatch: expected this key; found that key; change it"


def test_a_store_that_is_gone_is_opened_anew(store: MemoryStore) -> None:
    empty, places = MemoryStore(), [served_shop().store()]
    guarded = GuardedStore(lambda: places[-1])
    guarded.look()
    places[-1].clear()
    places.append(empty)
    guarded._trip(StoreError("gone", "its file was deleted"))

    guarded.look()
    places.append(store)
    guarded._trip(StoreError("gone", "its file was deleted"))
    guarded.look()

    assert guarded.read(lambda snapshot: snapshot.get([facts.ABOUT]))[0] is not None


def test_a_state_whose_place_another_one_takes_is_told_nothing(store: MemoryStore) -> None:
    guarded = opened(store)
    store.write(lambda transaction: transaction.put(facts.CLOSED, b"1"))

    with pytest.raises(StoreError, match="another state took its place"):
        guarded.write(put)

    assert store.read(lambda snapshot: snapshot.get([b"x"])) == [None]


def test_a_state_that_was_exchanged_is_told_nothing(store: MemoryStore) -> None:
    guarded = opened(store)
    store.write(lambda transaction: transaction.delete(facts.ABOUT))

    with pytest.raises(StoreError, match="another state took its place"):
        guarded.write(put)


def test_a_store_that_cannot_be_written_can_be_read(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    guarded = opened(store)

    def full(_: object) -> None:
        raise StoreError("full", "no room")

    monkeypatch.setattr(store, "write", full)
    with pytest.raises(StoreError, match="no room"):
        guarded.write(put)

    assert guarded.trouble is None
    assert guarded.read(lambda snapshot: snapshot.get([facts.ABOUT]))[0] is not None
