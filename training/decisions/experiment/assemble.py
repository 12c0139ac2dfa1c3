"""One experiment's decisions, reactions and orders as a `Trail`."""

import numpy as np
import pandas as pd

from data.arrays import Floats
from data.logged.decisions import HOLDOUT, Did
from training.decisions.experiment.action_costs import PRICES, kept_costs
from training.decisions.experiment.known_share import KnownShare
from training.decisions.experiment.log import COVARIATES, PRODUCTS, Log
from training.decisions.experiment.params import ExperimentParams
from training.decisions.experiment.trail import NOTHING, Contacts, Returns, Sales, Trail, Units, Visits
from training.decisions.experiment.visits import HOUR_US, Placed, contacts_of, days_since, orders_of


def assemble(
    decided: pd.DataFrame,
    log: Log,
    placed: Placed,
    known: KnownShare,
    params: ExperimentParams,
    start: int,
    against: str = HOLDOUT,
) -> Trail:
    """Put the facts of one experiment together.

    Parameters
    ----------
    decided
        Its decisions in the arm ``against`` and one other, as `training.decisions.experiment.visits.visits_of` gives
        them, with what their actions cost (`training.decisions.experiment.action_costs.with_costs`).
    start
        When day 0 begins, in microseconds since 1970.
    """
    actions = tuple(sorted(decided["chosen"].dropna().unique()))
    firsts = decided.drop_duplicates("visit")
    unit = pd.factorize(firsts["unit"])[0]
    orders = orders_of(decided, placed, params.within_hours)
    shown = _shown(decided, log.reactions)
    lines = placed.lines.merge(orders, on="order_id")
    lines["kept_cost"] = kept_costs(lines, shown)
    return Trail(
        units=_units(firsts, unit, against, placed, params, start),
        visits=_visits(decided, log.reactions, shown, unit, actions, start),
        sales=Sales(
            visit=lines["visit"].to_numpy(np.int64),
            day=days_since(start, lines["ordered_at"]),
            value_minor=lines["value_minor"].to_numpy(np.float64),
            pieces=lines["quantity"].to_numpy(np.float64),
            cancelled=days_since(start, lines["cancelled_at"]),
            kept_cost=lines["kept_cost"].to_numpy(np.float64),
        ),
        returns=_returns(lines, placed.returns, start),
        known=known,
        actions=actions,
        repurchase_days=float(params.repurchase_days),
        contacts=_contacts(contacts_of(decided, log.contacts, orders), start),
    )


def _units(
    firsts: pd.DataFrame, unit: np.ndarray, against: str, placed: Placed, params: ExperimentParams, start: int
) -> Units:
    own = firsts[~pd.Series(unit).duplicated().to_numpy()]
    return Units(
        treated=(own["arm"] != against).to_numpy(np.bool_),
        day=days_since(start, own["began_at"]),
        customer=own["customer"].notna().to_numpy(np.bool_),
        again=days_since(start, _again(own, placed.lines, params)),
    )


def _again(own: pd.DataFrame, lines: pd.DataFrame, params: ExperimentParams) -> "pd.Series[float]":
    """The time of each unit's first order after its first visit, within the days that count; NaN without one."""
    began = own[["customer", "began_at"]].dropna().drop_duplicates("customer")
    orders = lines[["customer", "ordered_at"]].dropna().merge(began, on="customer")
    later = orders["ordered_at"] - orders["began_at"]
    counts = (later > params.within_hours * HOUR_US) & (later <= params.repurchase_days * 24 * HOUR_US)
    first = orders[counts].groupby("customer")["ordered_at"].min()
    return own["customer"].map(first).astype("float64")


def _shown(decided: pd.DataFrame, reactions: pd.DataFrame) -> pd.DataFrame:
    """The first decision of each visit whose action was reported as shown, by visit, and when that was (``at``)."""
    own = reactions[reactions["did"] == Did.SHOWN].merge(
        decided[["decision_id", "visit", PRODUCTS, *PRICES]], on="decision_id"
    )
    return own.sort_values("at").drop_duplicates("visit").set_index("visit")


def _visits(
    decided: pd.DataFrame, reactions: pd.DataFrame, shown: pd.DataFrame, unit: np.ndarray, actions: tuple[str, ...],
    start: int,
) -> Visits:  # fmt: skip
    by_visit = decided.groupby("visit")
    chosen = by_visit["chosen"].first()  # the first that is not missing
    code = chosen.map({name: place for place, name in enumerate(actions)}).fillna(NOTHING)
    left = reactions[reactions["did"] == Did.ABANDONED].merge(decided[["decision_id", "visit"]], on="decision_id")
    abandoned = left.groupby("visit")["at"].min()
    visits = by_visit["began_at"].first()

    def day_of(times: pd.Series) -> Floats:
        return days_since(start, times.reindex(visits.index))

    return Visits(
        unit=unit.astype(np.int64),
        day=days_since(start, visits),
        chosen=code.to_numpy().astype(np.int64),
        shown=day_of(shown["at"]),
        abandoned=day_of(abandoned),
        shown_minor=shown["shown_minor"].reindex(visits.index).fillna(0.0).to_numpy().astype(np.float64),
        covariates=by_visit[list(COVARIATES)].first().to_numpy(np.float64),
    )


def _contacts(found: pd.DataFrame, start: int) -> Contacts:
    return Contacts(found["visit"].to_numpy(np.int64), days_since(start, found["at"]))


def _returns(lines: pd.DataFrame, returns: pd.DataFrame, start: int) -> Returns:
    of_piece = (lines[["value_minor", "kept_cost"]].div(lines["quantity"], axis=0)).set_axis(["price", "cost"], axis=1)
    back = returns.merge(lines[["line_id", "visit"]].join(of_piece), on="line_id")
    return Returns(
        visit=back["visit"].to_numpy(np.int64),
        day=days_since(start, back["returned_at"]),
        value_minor=(back["price"] * back["pieces"]).to_numpy(np.float64),
        pieces=back["pieces"].to_numpy(np.float64),
        first=back["first"].to_numpy(np.float64),
        kept_cost=(back["cost"] * back["pieces"]).to_numpy(np.float64),
    )
