"""What workers hand to the shadow, through a real socket."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from features.online_state.order import CustomerFacts, Order, OrderLine, ProductFacts
from serving.model.folder import Challenger
from serving.process.private_listener import PrivateListener
from serving.shadow import hand_over as hand_over_module
from serving.shadow import server as server_module
from serving.shadow.hand_over import HandOver
from serving.shadow.handed import Handed, as_bytes, from_bytes
from serving.shadow.server import ShadowServer

NOW = 1_700_000_000_000_000
LINE = OrderLine(
    "p1", 1, 2000, sizes_on_sale=("s", "m"), line_id="l1", attributes={"weight": 1.5, "of": "wool", "no": 3}
)
ORDER = Order("c1", NOW, (LINE, OrderLine("p2", 2, 100, product=ProductFacts("a", launched_at=5))), voucher_used=True)
GUEST = Order(None, NOW, (OrderLine("p3", 1, 1),), customer=CustomerFacts(birth_year=1980), basket_id="b")


class Shadow:
    """A server that keeps what it is given, and says that it scored it."""

    def __init__(self, listener: PrivateListener, cores: float = 1.0) -> None:
        self.got: list[Handed] = []
        self.now = NOW
        self.server = ShadowServer(listener.for_server(), self._score, cores, lambda: self.now)

    def turns(self, count: int = 3) -> list[Handed]:
        for _ in range(count):
            self.server.turn(0.01)
        return self.got

    def _score(self, handed: Handed) -> bool:
        self.got.append(handed)
        return True


@pytest.fixture
def listener() -> Iterator[PrivateListener]:
    with PrivateListener("shadow") as made:
        yield made


@pytest.fixture
def hand(listener: PrivateListener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HandOver]:
    """The hand-over of a worker, while there is a version in shadow."""
    monkeypatch.setattr(hand_over_module, "LOOK_SECONDS", -1.0)  # it looks and connects at each call
    Challenger.path(tmp_path).touch()
    made = HandOver(listener.path, tmp_path)
    yield made
    made.close()


@contextmanager
def shadow(listener: PrivateListener) -> Iterator[Shadow]:
    made = Shadow(listener)
    yield made
    made.server.close()


def test_orders_arrive_as_they_were_scored(listener: PrivateListener, hand: HandOver) -> None:
    with shadow(listener) as beside:
        hand((ORDER, GUEST), "r1", NOW, 0)
        hand((GUEST,), "r2", NOW, 7)

        assert beside.turns() == [Handed((ORDER, GUEST), "r1", NOW, 0), Handed((GUEST,), "r2", NOW, 7)]
    assert beside.server.counts.scored == 4
    assert hand.dropped == 0


def test_a_basket_that_waited_too_long_is_counted_and_not_scored(listener: PrivateListener, hand: HandOver) -> None:
    with shadow(listener) as beside:
        beside.now += int(server_module.LATE_SECONDS * 1e6) + 1
        hand((ORDER,), "r1", NOW, 0)

        assert beside.turns() == []
    assert (beside.server.counts.late, beside.server.counts.scored) == (2, 0)


def test_without_a_version_in_shadow_nothing_is_handed_over(
    listener: PrivateListener, hand: HandOver, tmp_path: Path
) -> None:
    Challenger.path(tmp_path).unlink()
    with shadow(listener) as beside:
        hand((ORDER,), "r1", NOW, 0)

        assert beside.turns() == []
    assert hand.dropped == 0


def test_what_does_not_fit_is_dropped_and_counted_and_what_was_begun_arrives_whole(
    listener: PrivateListener, hand: HandOver
) -> None:
    large = Order("c1", NOW, (LINE,) * 200)
    with shadow(listener) as beside:
        hand((GUEST,), "first", NOW, 0)
        for number in range(100):
            hand((large,), f"r{number}", NOW, 0)
        assert 0 < hand.dropped < 100
        dropped = hand.dropped
        for _ in range(40):
            beside.server.turn(0.01)
        hand((GUEST,), "last", NOW, 0)
        for _ in range(10):
            beside.server.turn(0.01)

        assert len(beside.got) == 102 - dropped
        assert [each.request_id for each in beside.got][-1] == "last"
        assert all(each.orders == (large,) for each in beside.got[1:-1])


def test_while_the_shadow_is_away_baskets_are_dropped_and_after_its_restart_they_arrive(
    listener: PrivateListener, hand: HandOver
) -> None:
    with shadow(listener) as first:
        hand((GUEST,), "r1", NOW, 0)
        first.turns()
    for number in range(2, 4):
        hand((GUEST,), f"r{number}", NOW, 0)  # the first may still find the old connection

    with shadow(listener) as second:
        hand((GUEST,), "r4", NOW, 0)

        assert [each.request_id for each in second.turns()][-1] == "r4"


def test_where_nobody_listens_nothing_is_raised(hand: HandOver, listener: PrivateListener) -> None:
    listener.remove()

    hand((ORDER, GUEST), "r1", NOW, 0)

    assert hand.dropped == 2


def test_the_shadow_rests_so_that_it_takes_its_share_of_a_core(
    listener: PrivateListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = iter([10.0, 10.1, 10.1, 10.1])
    rests: list[float] = []
    beside = Shadow(listener, cores=0.25)
    monkeypatch.setattr(time, "process_time", lambda: next(used))
    monkeypatch.setattr(time, "sleep", rests.append)

    beside.turns(2)

    beside.server.close()
    assert sum(rests) == pytest.approx(0.3)  # 0.1 seconds of work are a quarter of 0.4


@pytest.mark.parametrize("handed", [Handed((ORDER, GUEST), "r", NOW, 3), Handed((), "", 0, 0)])
def test_what_is_written_is_read_the_same(handed: Handed) -> None:
    assert from_bytes(as_bytes(handed)) == handed
