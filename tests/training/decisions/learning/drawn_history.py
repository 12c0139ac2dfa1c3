"""Histories whose truth is known: who dislikes advice dismisses it, and it adds to what she sends back."""

import numpy as np
import pandas as pd

from training.decisions.learning.history import History

KINDS = [["advice", "caveat"], ["credit"]]
ACTIONS = ("advice", "caveat", "credit")


def draw_history(count: int, seed: int) -> History:
    """Draw ``count`` visits of customers with a taste: an action avoids 0.3 of its stake for each unit of that."""
    random = np.random.default_rng(seed)
    unit = random.integers(0, count // 2, count)
    taste = random.normal(size=count // 2)[unit]
    action = random.choice(np.array(["", *ACTIONS], dtype=object), count)
    stake = pd.DataFrame(np.exp(random.normal(5, 0.5, (count, 3))), columns=list(ACTIONS))
    done = action != ""
    back = random.random((count, 3)) < 0.25 * np.clip(1 - 0.3 * taste * done, 0, 2)[:, None]
    customers = pd.DataFrame({"taste": taste, "other": random.normal(size=count)})
    return History(
        customers=customers,
        unit=unit,
        action=action,
        seen=done,
        dismissed=done & (random.random(count) < 1 / (1 + np.exp(0.4 + 1.2 * taste))),
        settled=random.random(count) < 0.9,
        stake=stake,
        outcome=stake - np.where(back, stake / 0.25, 0.0),
    )
