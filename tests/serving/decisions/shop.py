"""A shop whose scores a test sets, with a policy file, and the parts that decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from data.logged.decisions import DECISIONS
from features.online_state.order import Order, OrderLine
from features.stores.memory import MemoryStore
from features.stores.store import Store
from serving.decided import Decided
from serving.decisions.caps import Caps
from serving.decisions.decider import Decider, Facts
from serving.decisions.faults import ProductFaults
from serving.decisions.log import DecisionLog
from serving.decisions.policy_file import watch_policy
from serving.scores import BasketScore, Degraded, Explain, ScoredLine, Why
from serving.scoring.scorer import ScoredBaskets
from tests.training.decisions.examples import COSTS, action, policy
from training.decisions.learned import Learned
from training.decisions.policy import Action
from training.products.params import SegmentParams

NOW = 1_717_156_800_000_000
DAY = 86_400_000_000
SEGMENTS = SegmentParams(recent_days=90, lapsing_days=180, lost_days=365, active_orders=3)
SURE = {"returns": {"mean": -0.1, "spread": 0.0}, "source": "a test"}
NAMES = ("customer_orders", "customer_days_since_order", "customer_days_since_first_order")


@dataclass
class Scoring:
    """Scores every line alike."""

    probability: float = 0.5
    level: float | None = 0.9
    degraded: tuple[Degraded, ...] = ()
    orders: float = 5.0
    explained: list[Explain] = field(default_factory=list)
    sizes: list[dict[int, float]] = field(default_factory=list)
    raised: int = 0

    def scored(
        self, orders: Sequence[Order], request_id: str, now: int, first: int = 0, explain: Explain = Explain.NONE
    ) -> ScoredBaskets:
        assert request_id
        assert now
        assert first == 0
        self.explained.append(explain)
        p = self.probability
        why = None if explain is Explain.NONE else Why({"STYLE": p})
        baskets = [
            BasketScore(
                tuple(ScoredLine(p, p / 2, (1 + p) / 2, 500.0, why) for _ in order.lines), "3", None, self.degraded,
                level=self.level,
            )
            for order in orders
        ]  # fmt: skip
        lines = sum(len(order.lines) for order in orders)
        return ScoredBaskets(baskets, np.tile([self.orders, 10.0, 400.0], (lines, 1)), NAMES, [{}] * lines)

    def raising(self, scored: ScoredBaskets) -> list[tuple[str, ...]]:
        self.raised += 1
        return [("size",) for _ in scored.baskets[0].lines]

    def other_sizes(self, scored: ScoredBaskets, current: Mapping[int, float]) -> dict[int, tuple[str, float]]:
        assert scored.baskets
        self.sizes.append(dict(current))
        return {place: ("s", p / 2) for place, p in current.items()}


@dataclass
class Shop:
    """The parts of a shop in ``folder``."""

    folder: Path
    scoring: Scoring = field(default_factory=Scoring)
    store: Store = field(default_factory=MemoryStore)
    learned: dict[str, Learned] = field(default_factory=dict)

    def write(self, *actions: Action, **changes: Any) -> None:
        """Write the policy."""
        content = policy(*(actions or (action(effects=SURE),)), **changes).model_dump(mode="json")
        (self.folder / "policy.yaml").write_text(yaml.safe_dump(content))

    def decider(self) -> Decider:
        """One worker's."""
        if not (self.folder / "policy.yaml").exists():
            self.write()
        return self._decider()

    def decider_of(self, text: str | None) -> Decider:
        """One worker's, who finds ``text`` as the policy; None for no file."""
        if text is not None:
            (self.folder / "policy.yaml").write_text(text)
        return self._decider()

    def _decider(self) -> Decider:
        faults, hashed = ProductFaults(self.folder, 0.9), "hashed-{}".format
        facts = Facts(COSTS, SEGMENTS, faults, hashed, hashed, self.learned.get)
        watched = watch_policy(self.folder / "policy.yaml")
        caps, log = Caps(lambda: self.store), DecisionLog(self.folder / "log", 10**6)
        return Decider(self.scoring, self.scoring, watched, facts, caps, log)  # type: ignore[arg-type]

    def logged(self) -> list[dict[str, Any]]:
        """All records of the log."""
        return list(DECISIONS.read(self.folder / "log"))


def order(basket: str | None = "b1", customer: str | None = "c1", product: str = "p1", **changes: Any) -> Order:
    line = OrderLine(**{"product_id": product, "quantity": 1, "price_minor": 5000, "size": "m", **changes})
    return Order(customer, NOW, (line,), basket_id=basket)


def customer_in(arm: str, decider: Decider) -> str:
    """A customer who is in ``arm``."""
    for number in range(1000):
        found = decider.decide(order(f"probe-{number}", f"c{number}"), "r", NOW - 1000 * DAY)
        if found.outcome.arm == arm:
            return f"c{number}"
    raise AssertionError(arm)


def act_of(decided: Decided) -> str | None:
    return None if decided.outcome.act is None else decided.outcome.act.name


def why_of(decided: Decided) -> dict[str, str | None]:
    return {each.action: each.ruled_out for each in decided.outcome.considered}
