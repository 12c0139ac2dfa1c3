"""Every store, compared with a dictionary."""

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.stores.store import Agenda, Store, Transaction
from tests.features.stores.model import KEYS, LATER, Model, Step, changes, questions, take
from tests.features.stores.places import opened


class OutOfPatienceError(Exception):
    """Raised at the end of a change, which is undone then."""


@pytest.fixture(params=["memory_address", "lmdb_address", "redis_url", "sqlite_address"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    store = opened(request.getfixturevalue(request.param))
    yield store
    store.close()


@given(some=changes, asked=st.lists(questions, max_size=3))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_store_holds_what_a_dictionary_would(store, some, asked):
    model = Model()
    store.clear()

    for steps, whole in some:
        model = _changed(store, model, steps, whole=whole)

        assert store.read(lambda view: view.get(KEYS)) == model.get(KEYS)
        found = store.read(lambda view: [view.due(*question) for question in asked])
        assert found == [model.due(*question) for question in asked]


def _changed(store: Store, model: Model, steps: Sequence[Step], *, whole: bool) -> Model:
    """Apply a change to the model and to ``store``, compare what the change reads, and give the new model."""
    after = model.copy()
    take(after, steps)

    def change(transaction: Transaction) -> None:
        transaction.get(KEYS[:2])
        take(transaction, steps)
        assert transaction.get(KEYS) == after.get(KEYS)
        for agenda in Agenda:
            assert transaction.due(agenda, LATER, 3) == after.due(agenda, LATER, 3)
        if not whole:
            raise OutOfPatienceError

    if whole:
        store.write(change)
        return after
    with pytest.raises(OutOfPatienceError):
        store.write(change)
    return model
