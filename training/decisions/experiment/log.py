"""The decision log as frames, checked: what can't be an experiment is refused, with the decision's id."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

import pandas as pd

from data.errors import UserError
from data.logged.decisions import HOLDOUT, POLICY, Contact, Decision, Did, Reaction, kind_of
from training.decisions.experiment.log_types import wrong_type

READ: Final = (
    *("decision_id", "decided_at", "request_id", "basket_id", "customer", "unit", "policy", "policy_name", "arm"),
    *("action", "chosen", "propensity", "value_minor", "return_cost_minor", "returns"),
)
"""What is read of a decision."""
CONTACT: Final = ("customer", "order_id", "at")
"""What is read of a contact; missing texts are None."""
ADDED: Final[Mapping[str, Any]] = {"shares": {}, "reached": ()}
"""What is read beside it, and what holds for lines of earlier versions, which lack it."""
ARM_SHARES: Final = "arm_shares"
"""The column of ``shares``."""
PRODUCTS: Final = "products"
"""The column of the products that the action is about; None where there is none, and in lines of earlier versions."""
FITS: Final = "fits"
"""The column that says whether an action of any arm fitted the basket: what is known of it is logged where one did."""
COVARIATES: Final = ("return_cost_minor", "returns", "value_minor")
"""Known before the arm is drawn."""
_TEXTS: Final = ("basket_id", "customer", "action", "chosen")
DIGITS: Final = 9
TOLERANCE: Final = 1e-6
FIX: Final = "mend the line, or move its file out of the folder of the decision log"


@dataclass(frozen=True)
class Log:
    """What was decided, and what came of it: a row a decision (by time), a row a reaction, and a row a contact.

    ``decisions`` has the columns `READ`, missing texts being None, those of `ADDED`, `ARM_SHARES` and ``reached``, and
    `FITS` and `PRODUCTS`. ``reactions`` has ``decision_id``, ``did`` and ``at``; ``contacts`` has the columns
    `CONTACT`. ``twice``: lines left out since another has the same decision_id (or event_id).
    """

    decisions: pd.DataFrame
    reactions: pd.DataFrame
    twice: int
    contacts: pd.DataFrame


def read_rows(rows: Iterable[Mapping[str, Any]]) -> Log:
    """Turn the lines of the log into frames.

    Raises
    ------
    UserError
        A line lacks a field; an arm, a reaction or a propensity is none that can be.
    """
    decided: list[tuple[Any, ...]] = []
    done: list[tuple[Any, ...]] = []
    contacted: list[tuple[Any, ...]] = []
    for row in rows:
        kind = kind_of(row)
        if kind is Contact:
            contacted.append(_fields(row, ("event_id", *CONTACT), Contact))
        elif kind is Reaction:
            done.append(_fields(row, ("event_id", "decision_id", "did", "at"), Reaction))
        else:
            added = (row.get(name, known) for name, known in ADDED.items())
            decided.append((*_fields(row, READ, Decision), *added, bool(row.get("covariates")), _products(row)))
    decisions = pd.DataFrame(decided, columns=[*READ, *ADDED, FITS, PRODUCTS]).rename(columns={"shares": ARM_SHARES})
    reactions = pd.DataFrame(done, columns=["event_id", "decision_id", "did", "at"])
    own, theirs = decisions.drop_duplicates("decision_id"), reactions.drop_duplicates("event_id")
    _check(own, theirs)
    own = own.sort_values(["decided_at", "decision_id"], ignore_index=True)
    for name in _TEXTS:
        own[name] = own[name].astype(object).where(own[name].notna(), None)
    calls = pd.DataFrame(contacted, columns=["event_id", *CONTACT])
    calls = calls.astype(object).where(calls.notna(), None)
    each_once = calls.drop_duplicates("event_id")
    twice = sum(len(every) - len(once) for every, once in ((decisions, own), (reactions, theirs), (calls, each_once)))
    reacted, called = (each.drop(columns="event_id").reset_index(drop=True) for each in (theirs, each_once))
    return Log(own, reacted, twice, called)


def arm_shares(decisions: pd.DataFrame) -> pd.Series:
    """Find the shares with which each decision's arm was drawn: pairs of an arm and its share, in their order.

    Lines of earlier versions do not have them. They follow from the propensities of the policy's file, whose arms were
    policy and holdout: where something was chosen, the propensity of a decision in the holdout is its share, and of one
    in the policy's arm which acted it is the rest. None where such a policy never chose anything.

    Raises
    ------
    UserError
        The decisions under one file of a policy were drawn with several shares.
    """
    shares = [tuple((arm, round(share, DIGITS)) for arm, share in each.items()) for each in decisions[ARM_SHARES]]
    own = pd.Series(shares, decisions.index, dtype=object).where(pd.Series(map(bool, shares), decisions.index), None)
    own = own.where(own.notna(), _earlier(decisions))
    by_file = {digest: list(dict.fromkeys(found.dropna())) for digest, found in own.groupby(decisions["policy"])}
    for digest, found in by_file.items():
        if len(found) > 1:
            raise UserError(
                expected="the same shares of arms for all decisions under one file of a policy",
                found=f"{' and '.join(map(_text, found))} under {digest}",
                fix="compare only decisions that were drawn alike: move the files of the others out of the folder",
            )
    return decisions["policy"].map({digest: found[0] if found else None for digest, found in by_file.items()})


def _earlier(decisions: pd.DataFrame) -> pd.Series:
    chosen = decisions["chosen"].notna()
    of_holdout = decisions["propensity"].where(chosen & (decisions["arm"] == HOLDOUT))
    of_policy = (1 - decisions["propensity"]).where(decisions["action"].notna())
    found = of_holdout.fillna(of_policy).round(DIGITS)
    pairs = [
        None if pd.isna(share) else ((HOLDOUT, share), (POLICY, round(1 - share, DIGITS))) for share in found.tolist()
    ]
    return pd.Series(pairs, decisions.index, dtype=object)


def _text(shares: tuple[tuple[str, float], ...]) -> str:
    return ", ".join(f"{arm} {share:g}" for arm, share in shares)


def _products(row: Mapping[str, Any]) -> tuple[str, ...] | None:
    stake = (row.get("stakes") or {}).get(row.get("action"))
    return None if stake is None else tuple(dict.fromkeys(stake["products"]))


def _fields(row: Mapping[str, Any], names: tuple[str, ...], kind: type) -> tuple[Any, ...]:
    if lacking := [name for name in names if name not in row]:
        known = ", ".join(each.name for each in fields(kind))
        raise UserError(expected=f"a line with the fields {known}", found=f"none called {lacking[0]}", fix=FIX)
    if (found := wrong_type(row, kind)) is not None:
        name, expected = found
        line = row.get("event_id", row.get("decision_id"))
        raise UserError(expected=f"{name} to be {expected}, in the line {line}", found=repr(row[name]), fix=FIX)
    return tuple(row[name] for name in names)


def _check(decisions: pd.DataFrame, reactions: pd.DataFrame) -> None:
    drawn = (decisions["propensity"] > 0) & (decisions["propensity"] <= 1)
    if not drawn.all():
        wrong = decisions[~drawn].iloc[0]
        raise UserError(
            expected=f"a propensity above 0, at most 1, of the decision {wrong['decision_id']}",
            found=repr(wrong["propensity"]),
            fix=FIX,
        )
    _check_arms(decisions)
    _check_words(reactions, "did", tuple(Did))
    acted = decisions[(decisions["arm"] == HOLDOUT) & decisions["action"].notna()]
    if len(acted):
        raise UserError(
            expected="no action in the holdout",
            found=f"{acted['action'].iloc[0]} in the decision {acted['decision_id'].iloc[0]}",
            fix="find out what told the checkout to act: without a holdout, no effect can be measured",
        )


def _check_arms(decisions: pd.DataFrame) -> None:
    """Each decision is in an arm that its policy has; the shares of arms are chances that add up to 1."""
    for name, arm, shares in zip(decisions["decision_id"], decisions["arm"], decisions[ARM_SHARES], strict=True):
        arms = shares or (HOLDOUT, POLICY)
        if arm not in arms:
            raise UserError(
                expected=f"arm to be one of {', '.join(arms)}", found=f"{arm!r} of the decision {name}", fix=FIX
            )
        if shares and not (min(shares.values()) >= 0 and abs(sum(shares.values()) - 1) < TOLERANCE):
            raise UserError(
                expected=f"shares of arms that add up to 1, of the decision {name}", found=repr(dict(shares)), fix=FIX
            )


def _check_words(frame: pd.DataFrame, column: str, words: tuple[str, ...]) -> None:
    wrong = frame[~frame[column].isin(words)]
    if len(wrong):
        raise UserError(
            expected=f"{column} to be one of {', '.join(words)}",
            found=f"{wrong[column].iloc[0]!r} of the decision {wrong['decision_id'].iloc[0]}",
            fix=FIX,
        )
