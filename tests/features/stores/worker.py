"""Another process on the same store: ``python -m tests.features.stores.worker ADDRESS TASK``; prints its progress."""

import sys
import time

from features.stores.store import Agenda, Snapshot, Store, Transaction
from tests.features.stores.places import opened

LEFT, RIGHT = b"left", b"right"


def number(value: bytes | None) -> int:
    """The stored form of a count."""
    return int(value or b"0")


def count(change: Transaction) -> int:
    """Add one to two records, far from each other, and move the entry on the agenda along."""
    left, right = change.get([LEFT, RIGHT])
    before, after = number(left), number(left) + 1
    change.put(LEFT, b"%d" % after)
    change.put(b"in between", b"x" * (after % 5000))
    change.unschedule(Agenda.CLOSE, before, b"counted")
    change.schedule(Agenda.CLOSE, after, b"counted")
    change.put(RIGHT, b"%d" % (number(right) + 1))
    return after


def seen(view: Snapshot) -> tuple[int, int, int]:
    """The three values that `count` keeps equal, read by three queries."""
    (left,), (right,) = view.get([LEFT]), view.get([RIGHT])
    due = view.due(Agenda.CLOSE, 1 << 40, 2)
    return number(left), number(right), sum(at for at, _ in due)


def hold(change: Transaction) -> None:
    """Start a change and never end it."""
    change.put(LEFT, b"half")
    report("holding")
    time.sleep(600)


def watch(store: Store) -> None:
    """Read until the count is 50; stop at the first that doesn't fit together."""
    while True:
        left, right, at = store.read(seen)
        if not left == right == at:
            report(f"torn {left} {right} {at}")
            return
        if left >= 50:
            report("whole")
            return


def report(text: object) -> None:
    """Print a line for the test, which may kill this process at any time."""
    print(text, flush=True)


def main() -> int:
    """Return the exit code."""
    address, task = sys.argv[1:]
    store = opened(address)
    report("ready")
    if task == "hold":
        store.write(hold)
    elif task == "watch":
        watch(store)
    else:
        for _ in range(int(task)):
            report(store.write(count))
    store.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
