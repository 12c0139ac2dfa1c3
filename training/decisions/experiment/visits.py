"""Visits: the decisions about a unit that lie close together in time count once, with the orders that came of them.

A checkout asks again whenever the basket changes, and what was shown may change the basket. So a visit joins all
decisions of a unit until it pauses for some hours, and has all orders of its customer from its first decision until as
many hours after its last. Neither the products nor the sizes have to agree, since advice may change both: a join by
them would lose the orders on which it worked. A guest has no customer to join by. A guest's visit counts where the
shop gives lines an id of their own, and has the orders with these lines.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.times import MICROSECONDS_PER_DAY

SKEW_US = 5 * 60 * 1_000_000
"""How far the clocks of shop and service may differ: an order may seem to come a little before its decision."""
HOUR_US = 3_600 * 1_000_000


@dataclass(frozen=True)
class Placed:
    """What the shop's tables know, times in microseconds since 1970 and customers hashed as in the log.

    ``lines``: a row an ordered line: ``line_id``, ``order_id``, ``customer`` (None for a guest), ``ordered_at``,
    ``product_id``, ``quantity``, ``value_minor``, ``cancelled_at`` (NaN unless it was, in time). Lines whose outcome
    was never recorded are left out. ``returns``: a row a return that counts: ``line_id``, ``returned_at``, ``pieces``,
    ``first`` (whether it is the first of its line), ``reason`` (None where none was recorded). ``guests``: which order
    the lines of a scored basket went to, by the lines' own ids: ``request_id``, ``basket_id``, ``order_id`` (None where
    none did). ``as_of``: up to when all this is known.
    """

    lines: pd.DataFrame
    returns: pd.DataFrame
    guests: pd.DataFrame
    as_of: int


def visits_of(decisions: pd.DataFrame, within_hours: float) -> pd.DataFrame:
    """Join decisions into visits.

    Parameters
    ----------
    decisions
        As `training.decisions.experiment.log.Log` has them, of one experiment.

    Returns
    -------
    pandas.DataFrame
        ``decisions`` with ``visit``: the place of the visit by its beginning, ties by decision; and ``began_at`` and
        ``ended_at``, the times of its first and last decision.
    """
    pause = within_hours * HOUR_US
    by_unit = decisions.sort_values(["unit", "decided_at", "decision_id"])
    since = by_unit.groupby("unit", sort=False)["decided_at"].diff()
    begins = since.isna() | (since > pause)
    group = begins.cumsum()
    began = by_unit.groupby(group)["decided_at"].transform("min")
    ended = by_unit.groupby(group)["decided_at"].transform("max")
    first = by_unit.groupby(group)["decision_id"].transform("first")
    found = by_unit.assign(began_at=began, ended_at=ended, _first=first).sort_values(
        ["began_at", "_first", "decided_at", "decision_id"], ignore_index=True
    )
    starts = found["_first"].ne(found["_first"].shift())
    return found.assign(visit=starts.cumsum() - 1).drop(columns="_first")


def orders_of(decided: pd.DataFrame, placed: Placed, within_hours: float) -> pd.DataFrame:
    """Find the orders of visits: a row an order, with ``order_id`` and ``visit``; an order has one visit at most."""
    return pd.concat(
        [_of_customers(decided, placed, within_hours), _of_guests(decided, placed)], ignore_index=True
    ).drop_duplicates("order_id")


def contacts_of(decided: pd.DataFrame, contacts: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """Find the visits of contacts: a row a contact that has one, with ``visit`` and ``at``.

    A contact about an order belongs to the visit of this order, and to none where the order has none. Another one
    belongs to the customer's latest visit that began before it.

    Parameters
    ----------
    contacts
        As `training.decisions.experiment.log.Log` has them.
    orders
        As `orders_of` gives them.
    """
    about_order = contacts["order_id"].notna()
    of_orders = contacts[about_order].merge(orders, on="order_id")
    visits = decided.loc[decided["customer"].notna(), ["customer", "visit", "began_at"]].drop_duplicates("visit")
    others = contacts[~about_order].astype({"at": np.int64, "customer": str})
    of_customers = pd.merge_asof(
        others.sort_values("at"),
        visits.astype({"customer": str}).sort_values(["began_at", "visit"]),
        left_on="at",
        right_on="began_at",
        by="customer",
    ).dropna(subset="visit")
    found = pd.concat([each[["visit", "at"]] for each in (of_orders, of_customers)], ignore_index=True)
    return found.astype({"visit": np.int64, "at": np.int64})


def countable(decided: pd.DataFrame, placed: Placed) -> "pd.Series[bool]":
    """Mark the decisions whose orders can be found: those of customers, and of guests whose lines have ids."""
    keys = ["request_id", "basket_id"]
    known = decided[keys].merge(placed.guests[keys].drop_duplicates(), on=keys, how="left", indicator="_in")["_in"]
    return decided["customer"].notna() | (known == "both").to_numpy()


def _of_customers(decided: pd.DataFrame, placed: Placed, within_hours: float) -> pd.DataFrame:
    names = ["customer", "visit", "began_at", "ended_at"]
    visits = decided.loc[decided["customer"].notna(), names].drop_duplicates("visit").astype({"customer": str})
    orders = placed.lines.loc[placed.lines["customer"].notna(), ["order_id", "customer", "ordered_at"]]
    orders = orders.drop_duplicates("order_id").astype({"customer": str})
    orders["by"] = orders["ordered_at"] + SKEW_US
    joined = pd.merge_asof(
        orders.sort_values(["by", "order_id"]),
        visits.sort_values(["began_at", "visit"]),
        left_on="by",
        right_on="began_at",
        by="customer",
    )
    in_time = joined["ordered_at"] <= joined["ended_at"] + within_hours * HOUR_US
    return joined.loc[in_time, ["order_id", "visit"]].astype({"visit": np.int64})


def _of_guests(decided: pd.DataFrame, placed: Placed) -> pd.DataFrame:
    keys = ["request_id", "basket_id"]
    guests = decided.loc[decided["customer"].isna(), [*keys, "visit"]]
    joined = guests.merge(placed.guests.dropna(subset="order_id"), on=keys)
    return joined[["order_id", "visit"]]


def days_since(start: int, times: "pd.Series[int] | pd.Series[float]") -> np.ndarray:
    """Give times (microseconds since 1970) as days since ``start``, NaN as infinity."""
    days = (times.to_numpy(dtype=np.float64) - start) / MICROSECONDS_PER_DAY
    return np.where(np.isnan(days), np.inf, days)
