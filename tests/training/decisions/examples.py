"""Policies and baskets for tests."""

from typing import Any

from training.costs import Costs
from training.decisions.basket import ScoredBasket, ScoredBasketLine
from training.decisions.policy import Action, Policy, Segment

COSTS = Costs(
    return_fixed_minor=300, return_value_share=0.1, margin_share=0.4, warning_avoids_returns=0.5, warning_stops_kept=0.5
)
TEXTS = {"en": "a hint", "de": "ein Hinweis", "zh": "提示"}


def action(name: str = "hint", **changes: Any) -> Action:
    content: dict[str, Any] = {
        "name": name,
        "kind": "inform",
        "lines": {},
        "customers": list(Segment),
        "effects": {"returns": {"mean": -0.1, "spread": 0.02}, "source": "a test"},
        "per_customer": {"most": 1, "days": 30},
        "texts": TEXTS,
    }
    return Action.model_validate({**content, **changes})


def policy(*actions: Action, **changes: Any) -> Policy:
    content: dict[str, Any] = {
        "name": "test",
        "draw_key": "key",
        "holdout_share": 0.1,
        "level": 0.9,
        "per_customer": {"most": 3, "days": 30},
        "later_margin_minor": dict.fromkeys(Segment, 0),
        "actions": [each.model_dump() for each in actions or (action(),)],
    }
    content["later_margin_minor"] |= changes.pop("later_margin_minor", {})
    return Policy.model_validate({**content, **changes})


def line(probability: float = 0.4, value: float = 5000.0, product: str = "p1", **changes: Any) -> ScoredBasketLine:
    content: dict[str, Any] = {
        "low": probability / 2,
        "high": (1 + probability) / 2,
        "reasons": {"SIZE_TOO_SMALL": 0.6 * probability, "STYLE": 0.4 * probability},
        "basket_share": 0.3,
        "product_share": 0.2,
    }
    return ScoredBasketLine(product, value, probability, **{**content, **changes})


def basket(*lines: ScoredBasketLine, segment: Segment = Segment.ACTIVE, level: float | None = 0.9) -> ScoredBasket:
    return ScoredBasket(lines or (line(),), segment, level)
