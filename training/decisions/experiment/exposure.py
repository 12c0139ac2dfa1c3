"""The exposure check: what was decided was really shown, and nothing was shown in the holdout."""

from dataclasses import dataclass

import pandas as pd

from data.logged.decisions import HOLDOUT, Did


@dataclass(frozen=True)
class Exposure:
    """Decisions with an action, and what the checkout reported of them.

    ``acted``: decisions that told the checkout to act. ``shown_share``: of these, the share reported as shown; None
    without any. ``accepted_share``: of those shown, the share reported as accepted. ``shown_in_holdout``: decisions of
    the holdout that were reported as shown: they must be none. ``crossed``: units whose arm changed; they count in
    their first arm.
    """

    acted: int
    shown_share: float | None
    accepted_share: float | None
    shown_in_holdout: int
    crossed: int


def exposure(decisions: pd.DataFrame, reactions: pd.DataFrame) -> Exposure:
    """Check the decisions of one experiment."""
    by_kind = {did: set(reactions.loc[reactions["did"] == did, "decision_id"]) for did in (Did.SHOWN, Did.ACCEPTED)}
    shown = decisions["decision_id"].isin(by_kind[Did.SHOWN])
    accepted = decisions["decision_id"].isin(by_kind[Did.ACCEPTED])
    acted = (decisions["arm"] != HOLDOUT) & decisions["action"].notna()
    arms = decisions.groupby("unit")["arm"].nunique()
    return Exposure(
        acted=int(acted.sum()),
        shown_share=_share(int((acted & shown).sum()), int(acted.sum())),
        accepted_share=_share(int((acted & shown & accepted).sum()), int((acted & shown).sum())),
        shown_in_holdout=int(((decisions["arm"] == HOLDOUT) & shown).sum()),
        crossed=int((arms > 1).sum()),
    )


def _share(of: int, all_of_them: int) -> float | None:
    return of / all_of_them if all_of_them else None
