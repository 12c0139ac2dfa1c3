"""The contract of every store; `test_stores` has a class for each store, which inherits it."""

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from features.stores.store import Agenda, Snapshot, Store, Transaction
from tests.features.stores.model import KEYS, LATER
from tests.features.stores.places import opened
from tests.features.stores.processes import line, workers
from tests.features.stores.worker import LEFT, RIGHT, count, number, seen


class OutOfPatienceError(Exception):
    """Raised in the middle of a change."""


def put(store: Store, **values: bytes) -> None:
    def change(transaction: Transaction) -> None:
        for key, value in values.items():
            transaction.put(key.encode(), value)

    store.write(change)


def get(store: Store, *keys: str) -> list[bytes | None]:
    return store.read(lambda view: view.get([key.encode() for key in keys]))


def due(store: Store, agenda: Agenda = Agenda.CLOSE, before: int = LATER, limit: int = 100) -> list[tuple[int, bytes]]:
    return store.read(lambda view: view.due(agenda, before, limit))


def schedule(store: Store, *entries: tuple[int, bytes], agenda: Agenda = Agenda.CLOSE) -> None:
    def change(transaction: Transaction) -> None:
        for at, key in entries:
            transaction.schedule(agenda, at, key)

    store.write(change)


class StoreContract:
    """The contract within one process."""

    @pytest.fixture
    def store(self, address: str) -> Iterator[Store]:
        """An empty store."""
        store = opened(address)
        yield store
        store.close()

    def test_values_come_in_the_order_of_the_keys_which_may_repeat(self, store):
        put(store, a=b"1", b=b"2")

        assert get(store, "b", "a", "none", "b") == [b"2", b"1", None, b"2"]
        assert get(store) == []

    @pytest.mark.parametrize(
        "prefixes", [[b""], [b"a*"], [b"ka\0c", b"mb\0c"], [b"ka", b"mb"], [b"ka\0c\0", b"none\0c\0"], [b"[\\"]]
    )
    def test_the_keys_that_begin_with_one_of_several_prefixes_are_found(self, store, prefixes):
        keys = [b"a", b"a*", b"a*b", b"ab", b"ka\0c", b"ka\0c\0p", b"ka\0cc", b"mb\0c\0p", b"xka\0c", b"[\\]", b"\xff"]
        store.write(lambda change: [change.put(key, b"") for key in keys])

        assert store.keys(prefixes) == sorted(key for key in keys if key.startswith(tuple(prefixes)))

    def test_an_empty_value_is_a_value(self, store):
        put(store, a=b"")

        assert get(store, "a", "b") == [b"", None]

    def test_keys_and_values_are_any_bytes(self, store):
        values = {key: bytes(range(256)) * size for size, key in enumerate([*KEYS, b"0" * 400])}
        values[b"large"] = b"\x00\r\n" * 300_000

        store.write(lambda change: [change.put(key, value) for key, value in values.items()])

        assert store.read(lambda view: view.get(list(values))) == list(values.values())

    def test_a_value_is_replaced_and_removed(self, store):
        put(store, a=b"1", b=b"2")
        put(store, a=b"long" * 1000)

        store.write(lambda change: [change.delete(b"b"), change.delete(b"b"), change.delete(b"none")])

        assert get(store, "a", "b") == [b"long" * 1000, None]

    def test_one_change_may_write_more_than_one_command_takes(self, store):
        keys = [f"{number:05}" for number in range(10_000)]

        put(store, **dict.fromkeys(keys, b"."))
        schedule(store, *((7, key.encode()) for key in keys))

        assert get(store, *keys) == [b"."] * 10_000
        assert due(store, limit=20_000) == [(7, key.encode()) for key in keys]

    def test_what_is_due_comes_by_time_and_then_by_key(self, store):
        schedule(store, (20, b"a"), (10, b"b"), (10, b"ab"), (-5, b"z"), (2**61, b"a"), (10, b"a"))

        assert due(store) == [(-5, b"z"), (10, b"a"), (10, b"ab"), (10, b"b"), (20, b"a"), (2**61, b"a")]

    def test_only_what_is_strictly_before_is_due_and_no_more_than_the_limit(self, store):
        schedule(store, (10, b"a"), (10, b"b"), (11, b"c"))

        assert due(store, before=10) == []
        assert due(store, before=11) == [(10, b"a"), (10, b"b")]
        assert due(store, before=12, limit=1) == [(10, b"a")]
        assert due(store, limit=0) == []

    def test_an_entry_is_on_an_agenda_once_and_comes_off_alone(self, store):
        schedule(store, (10, b"a"), (10, b"a"), (11, b"a"), (10, b"b"))
        schedule(store, (10, b"a"), (10, b"b"))
        schedule(store, (10, b"a"), agenda=Agenda.FORGET)

        store.write(lambda change: [change.unschedule(Agenda.CLOSE, at, b"a") for at in (10, 12)])

        assert due(store) == [(10, b"b"), (11, b"a")]
        assert due(store, Agenda.FORGET) == [(10, b"a")]

    def test_a_change_reads_its_own_writes(self, store):
        put(store, a=b"1", b=b"2")

        def change(transaction: Transaction) -> Sequence[bytes | None]:
            transaction.get([b"a"])
            transaction.put(b"a", b"new")
            transaction.delete(b"b")
            return transaction.get([b"a", b"b", b"a"])

        assert store.write(change) == [b"new", None, b"new"]

    def test_a_change_sees_the_entries_that_it_scheduled_and_not_those_that_it_took_off(self, store):
        schedule(store, (1, b"a"), (2, b"b"), (3, b"c"), (4, b"d"))

        def change(transaction: Transaction) -> list[list[tuple[int, bytes]]]:
            transaction.unschedule(Agenda.CLOSE, 1, b"a")
            transaction.unschedule(Agenda.CLOSE, 2, b"b")
            first_two = transaction.due(Agenda.CLOSE, 10, 2)
            transaction.schedule(Agenda.CLOSE, 2, b"new")
            return [first_two, transaction.due(Agenda.CLOSE, 10, 2), transaction.due(Agenda.CLOSE, 2, 2)]

        assert store.write(change) == [[(3, b"c"), (4, b"d")], [(2, b"new"), (3, b"c")], []]

    def test_an_exception_undoes_the_whole_change(self, store):
        put(store, a=b"1", b=b"2")
        schedule(store, (1, b"a"))

        def change(transaction: Transaction) -> None:
            transaction.put(b"a", b"new")
            transaction.delete(b"b")
            transaction.schedule(Agenda.CLOSE, 0, b"b")
            transaction.unschedule(Agenda.CLOSE, 1, b"a")
            raise OutOfPatienceError

        with pytest.raises(OutOfPatienceError):
            store.write(change)

        assert get(store, "a", "b") == [b"1", b"2"]
        assert due(store) == [(1, b"a")]
        assert store.write(lambda change: change.get([b"a"])) == [b"1"]

    def test_a_reader_doesnt_see_a_change_that_is_under_way(self, store):
        put(store, a=b"old")

        def change(transaction: Transaction) -> Sequence[bytes | None]:
            transaction.put(b"a", b"new")
            with ThreadPoolExecutor(1) as other:
                return other.submit(get, store, "a").result()

        assert store.write(change) == [b"old"]
        assert get(store, "a") == [b"new"]

    def test_a_reader_sees_one_moment_while_another_writes(self, store):
        put(store, a=b"old", b=b"old")
        schedule(store, (1, b"old"))
        writer = threading.Thread(target=_make_new, args=[store])

        def ask(view: Snapshot) -> tuple[Sequence[bytes | None], Sequence[bytes | None], Sequence[tuple[int, bytes]]]:
            first = view.get([b"a"])
            if writer.ident is None:
                writer.start()
                writer.join(0.2)  # a store may let it wait for its readers
            return first, view.get([b"b"]), view.due(Agenda.CLOSE, 10, 10)

        (first,), (second,), entries = store.read(ask)
        writer.join()

        assert first == second
        assert entries == [(1, first)]
        assert get(store, "a", "b") == [b"new", b"new"]

    def test_changes_of_several_threads_come_one_after_the_other(self, store):
        def change(transaction: Transaction) -> int:
            found = count(transaction)
            time.sleep(0.001)  # lets another thread come between
            return found

        with ThreadPoolExecutor(4) as threads:
            results = list(threads.map(lambda _: store.write(change), range(20)))

        assert sorted(results) == list(range(1, 21))
        assert store.read(seen) == (20, 20, 20)

    def test_an_empty_store_is_loaded(self, store):
        records = [(f"{number:05}".encode(), b"%d" % number) for number in range(2500)]
        agenda = [(Agenda.CLOSE, 2500 - number, key) for number, (key, _) in enumerate(records)]

        store.load(iter(records), iter([*agenda, (Agenda.FORGET, 5, b"x"), (Agenda.FORGET, 5, b"x")]))

        assert get(store, "00000", "02499", "02500") == [b"0", b"2499", None]
        assert due(store, limit=2) == [(1, b"02499"), (2, b"02498")]
        assert due(store, Agenda.FORGET) == [(5, b"x")]

    def test_loading_nothing_is_fine(self, store):
        store.load([], [])

        assert get(store, "a") == [None]

    def test_a_store_that_was_cleared_is_empty_and_can_be_filled_again(self, store):
        put(store, a=b"1")
        schedule(store, (1, b"a"), agenda=Agenda.FORGET)

        store.clear()

        assert get(store, "a") == [None]
        assert due(store, Agenda.FORGET) == []
        store.load([(b"a", b"2")], [(Agenda.CLOSE, 3, b"a")])
        assert (get(store, "a"), due(store)) == ([b"2"], [(3, b"a")])

    def test_closing_twice_is_fine(self, store):
        store.close()
        store.close()


class SharedStoreContract(StoreContract):
    """The contract over several processes."""

    def test_what_was_written_is_there_when_it_is_opened_again(self, store, address):
        put(store, a=b"1")
        schedule(store, (1, b"a"))
        store.close()

        again = opened(address)

        assert (get(again, "a"), due(again)) == ([b"1"], [(1, b"a")])
        again.close()

    def test_changes_of_several_processes_come_one_after_the_other(self, store, address):
        with workers(address, 15, 15) as (one, other):
            for _ in range(10):
                store.write(count)
            while line(one) or line(other):
                pass

        assert store.read(seen) == (40, 40, 40)

    def test_processes_that_read_beside_a_writer_each_see_one_moment(self, store, address):
        with workers(address, "watch", "watch") as (one, other):
            for _ in range(50):
                store.write(count)

            assert (line(one), line(other)) == ("whole", "whole")

    def test_killing_a_writer_loses_nothing_acknowledged_and_leaves_nothing_half(self, store, address):
        acknowledged = 0
        for kept in (3, 8):
            with workers(address, 1000) as (process,):
                for _ in range(kept):
                    acknowledged = int(line(process))
                process.kill()
                process.wait()
                while printed := line(process):
                    acknowledged = int(printed)

            left, right, at = store.read(seen)
            # The change that was not acknowledged yet may be there, as a whole.
            assert left == right == at
            assert left in {acknowledged, acknowledged + 1}

    def test_readers_go_on_beside_a_change_that_hangs_and_writers_when_it_was_killed(self, store, address):
        store.write(count)

        with workers(address, "hold") as (process,):
            assert line(process) == "holding"
            assert [number(value) for value in store.read(lambda view: view.get([LEFT, RIGHT]))] == [1, 1]

        assert store.write(count) == 2
        assert store.read(seen) == (2, 2, 2)


def _make_new(store: Store) -> None:
    def change(transaction: Transaction) -> None:
        transaction.put(b"a", b"new")
        transaction.put(b"b", b"new")
        transaction.unschedule(Agenda.CLOSE, 1, b"old")
        transaction.schedule(Agenda.CLOSE, 1, b"new")

    store.write(change)
