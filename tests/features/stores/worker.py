"""Another process on the same store: ``python -m tests.features.stores.worker ADDRESS TASK``; tells what it did."""

import sys
import time

from features.stores.store import Agenda, Snapshot, Store, Transaction
from tests.features.stores.places import opened

LEFT, RIGHT = b"left", b"right"


def number(value: bytes | None) -> int:
    """A count as it is kept."""
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
    """The three places that `count` keeps in step, asked for in three questions."""
    (left,), (right,) = view.get([LEFT]), view.get([RIGHT])
    due = view.due(Agenda.CLOSE, 1 << 40, 2)
    return number(left), number(right), sum(at for at, _ in due)


def hold(change: Transaction) -> None:
    """Have changed something and never come to an end."""
    change.put(LEFT, b"half")
    say("holding")
    time.sleep(600)


def watch(store: Store) -> None:
    """Read until the count is 50; stop at the first that doesn't fit together."""
    while True:
        left, right, at = store.read(seen)
        if not left == right == at:
            say(f"torn {left} {right} {at}")
            return
        if left >= 50:
            say("whole")
            return


def say(text: object) -> None:
    """Tell the test, which may kill this process at any time."""
    print(text, flush=True)


def main() -> int:
    """Return the exit code."""
    address, task = sys.argv[1:]
    store = opened(address)
    say("ready")
    if task == "hold":
        store.write(hold)
    elif task == "watch":
        watch(store)
    else:
        for _ in range(int(task)):
            say(store.write(count))
    store.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
