"""The history of decisions from the decision log and the shop's orders, for `training.decisions.learning.pooled`.

Each visit gives one row: its first decision that some action fitted. All visits of a customer count, and not the first
draw alone: what is compared is what the returns came to beyond what the score expected, at the same index and ranks of
the customer. So what was drawn before, which moves a later decision, is allowed for as far as the covariates know it.
What is learned that way is judged by first draws alone, as all proposals are.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from data.arrays import Bools, Floats
from data.logged.decisions import Did
from data.times import MICROSECONDS_PER_DAY
from training.costs import Costs
from training.decisions.covariates import ABOUT_CUSTOMERS
from training.decisions.earlier_reactions import SEEN
from training.decisions.experiment.params import ExperimentParams
from training.decisions.experiment.readout import known_share_of
from training.decisions.experiment.visits import Placed, countable, orders_of, visits_of
from training.decisions.learning.exposures import NOTHING
from training.decisions.learning.history import History
from training.decisions.learning.recorded import Drawn, covariate_table, settled_age
from training.decisions.policy import ALL_REASONS, Action, ActionKind, Policy


def kinds_of(policy: Policy) -> list[list[str]]:
    """The actions of ``policy`` that change returns, by kind; restrictions are left out."""
    found: dict[ActionKind, list[str]] = {}
    for action in policy.actions:
        if action.kind is not ActionKind.RESTRICT and action.effects.returns:
            found.setdefault(action.kind, []).append(action.name)
    return list(found.values())


def beliefs_of(policy: Policy) -> dict[str, float]:
    """The share of its stake that each action of `kinds_of` is believed to avoid: the mean over its reasons."""
    named = {name for kind in kinds_of(policy) for name in kind}
    return {
        each.name: -float(np.mean([belief.mean for belief in each.effects.returns.values()]))
        for each in policy.actions
        if each.name in named
    }


def recorded_history(drawn: Drawn, placed: Placed, costs: Costs, params: ExperimentParams, policy: Policy) -> History:
    """Build the history of all visits whose first decision was logged with its stakes; there may be none.

    The reasons and costs of returns are those of ``policy``. A return whose reason was not recorded counts by the share
    that was expected of its line's returns to be for the reasons of the action. What an action costs for each line that
    is kept is left out.
    """
    decisions = drawn.log.decisions.merge(drawn.facts, on="decision_id", how="left", validate="one_to_one")
    decisions = decisions[decisions["decided_at"] <= placed.as_of]
    decisions = decisions[countable(decisions, placed)]
    visits = visits_of(decisions, params.within_hours)
    staked = visits[visits["stakes"].map(bool) & visits["covariates"].map(bool)]
    first = staked.drop_duplicates("visit").reset_index(drop=True)
    actions = [each for each in policy.actions if each.name in beliefs_of(policy)]
    lines = _lines(visits, placed, params)
    back = _back(lines, placed, costs, policy)
    reactions = drawn.log.reactions
    seen = reactions.loc[reactions["did"].isin(list(SEEN)), "decision_id"]
    shown = first["decision_id"].isin(seen).to_numpy(np.bool_)
    action = first["action"].map(lambda name: name or NOTHING).to_numpy(dtype=object)
    outcome = {each.name: _outcome(first, each, lines, back, shown & (action == each.name)) for each in actions}
    age = (placed.as_of - first["decided_at"].to_numpy(np.int64)) / MICROSECONDS_PER_DAY
    return History(
        customers=_customers(first),
        unit=first["unit"].to_numpy(dtype=object).astype(str),
        action=action,
        seen=shown,
        dismissed=first["decision_id"].isin(_dismissed(reactions)).to_numpy(np.bool_),
        settled=np.asarray(age >= settled_age(known_share_of(placed)), dtype=np.bool_),
        stake=stakes_of(first, [each.name for each in actions]),
        outcome=pd.DataFrame(outcome, dtype=np.float64),
    )


def _dismissed(reactions: pd.DataFrame) -> pd.Index:
    """The decisions whose action was dismissed, and not accepted before."""
    first = {
        did: reactions[reactions["did"] == did].groupby("decision_id")["at"].min()
        for did in (Did.DISMISSED, Did.ACCEPTED)
    }
    times = pd.DataFrame(first)
    return times.index[times[Did.DISMISSED] < times[Did.ACCEPTED].fillna(np.inf)]


def _customers(first: pd.DataFrame) -> pd.DataFrame:
    """What was known of customers; what lines of earlier versions lack is unknown."""
    known = covariate_table(first["covariates"]) if len(first) else pd.DataFrame()
    return known.reindex(columns=list(ABOUT_CUSTOMERS)).astype("float64")


def stakes_of(facts: pd.DataFrame, actions: Sequence[str]) -> pd.DataFrame:
    """What each action had at stake in each row, minor units; NaN where it could not have been done."""
    return pd.DataFrame({name: _stake(facts, name) for name in actions}, dtype=np.float64)


def _stake(facts: pd.DataFrame, name: str) -> Floats:
    could = [name in each or name == done for each, done in zip(facts["eligible"], facts["action"], strict=True)]
    found = [(each or {}).get(name, {}).get("minor", np.nan) for each in facts["stakes"]]
    return np.where(could, np.array(found, dtype=np.float64), np.nan)


def _lines(visits: pd.DataFrame, placed: Placed, params: ExperimentParams) -> pd.DataFrame:
    """The lines that visits ordered and did not cancel, with the visit, the product and the ``price`` of a piece."""
    own = placed.lines.merge(orders_of(visits, placed, params.within_hours), on="order_id")
    own = own[own["cancelled_at"].isna()]
    return own.assign(price=own["value_minor"] / own["quantity"])[["visit", "line_id", "product_id", "price"]]


def _back(lines: pd.DataFrame, placed: Placed, costs: Costs, policy: Policy) -> pd.DataFrame:
    """What the returns of ``lines`` cost, lost margin included: ``visit``, ``product_id``, ``reason``, ``lost``."""
    back = placed.returns.merge(lines, on="line_id")
    value, whole = back["price"] * back["pieces"], back["first"].astype("float64")
    own = {str(reason): (cost.fixed_minor, cost.value_share) for reason, cost in policy.return_costs.items()}
    usual = (costs.return_fixed_minor, costs.return_value_share)
    cost = np.array([own.get(reason, usual) for reason in back["reason"]], dtype=np.float64).reshape(-1, 2)
    lost = costs.margin_share * value + cost[:, 0] * whole + cost[:, 1] * value
    return back.assign(lost=lost)[["visit", "product_id", "reason", "lost"]]


def _outcome(
    first: pd.DataFrame, action: Action, lines: pd.DataFrame, back: pd.DataFrame, shown: Bools
) -> Floats:  # fmt: skip
    """What each visit earned beyond what was expected, where only the returns that ``action`` is about count."""
    stake = [(each or {}).get(action.name) or {} for each in first["stakes"]]
    about = pd.DataFrame({
        "visit": first["visit"],
        "product_id": [list(each.get("products", ())) for each in stake],
        "share": [float(each.get("share", np.nan)) for each in stake],
    }).explode("product_id").astype({"product_id": lines["product_id"].dtype})  # fmt: skip
    ordered = first["visit"].isin(lines["visit"])
    has = first["visit"].isin(about.merge(lines, on=["visit", "product_id"])["visit"])
    mine = about.merge(back, on=["visit", "product_id"])
    lost = (mine["lost"] * _counted(mine, action)).groupby(mine["visit"]).sum().reindex(first["visit"]).fillna(0.0)
    minor, profit = (np.array([each.get(name, np.nan) for each in stake]) for name in ("minor", "profit_minor"))
    whole = first["profit_minor"].to_numpy(np.float64)
    found = np.where(ordered, np.where(has, minor - lost.to_numpy(), -profit), -whole)
    return np.asarray(found - action.cost.shown_minor * shown, dtype=np.float64)


def _counted(returns: pd.DataFrame, action: Action) -> Floats:
    """As how much each return counts: 1 for a reason that ``action`` is about, 0 for another, in between if unknown."""
    keys: Mapping[str, object] = action.effects.returns
    if ALL_REASONS in keys:
        return np.ones(len(returns))
    known = returns["reason"].notna().to_numpy(np.bool_)
    return np.where(known, returns["reason"].isin(list(keys)), returns["share"]).astype(np.float64)
