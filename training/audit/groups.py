"""The groups of customers that an audit looks at: by age, title, region, account, and what a shop declares as personal.

Nothing here is read by a training. Age, title and personal attributes are no features, unless the shop turns
demographics on; region and account are known to a checkout, and the score reads them where the source has them.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from data import attributes, tables
from data.arrays import Bools, Ints
from data.attributes import Attribute, Kind
from data.schema import CUSTOMERS, ORDER_LINES

LEAST_CUSTOMERS = 50
"""Smaller groups are left out: their figures would be noise, and could show what one person did."""
MOST_REGIONS = 20
"""Regions that are groups of their own, those with most lines."""
AGES = (25, 35, 45, 55, 65)
"""Lower ends of the age bands but the first, in years at the order."""
MISSING, OTHER = "not recorded", "other"
ACCOUNT, GUEST, CUSTOMER = "account", "guest", "customer"
AGE, TITLE, REGION = "age", "title", "region"
RECORDED = {"title": TITLE, "birth_year": AGE, "region": REGION}
"""Columns of the tables, with the attribute that they give."""


@dataclass(frozen=True)
class Group:
    """One group of an attribute: ``mask`` is bool of shape (n,), over the lines of the audit."""

    attribute: str
    name: str
    mask: Bools


@dataclass(frozen=True)
class Groups:
    """The groups of n lines, and whose the lines are.

    ``customer``: a number from 0 for each line, int64 of shape (n,); each order of a guest is a customer of its own.
    ``large``: the groups with at least `LEAST_CUSTOMERS`. ``too_small``: the names of the others, with their attribute.
    ``absent``: the columns that the shop does not record.
    """

    customer: Ints
    large: tuple[Group, ...]
    too_small: tuple[str, ...]
    absent: tuple[str, ...]

    @property
    def attributes(self) -> list[str]:
        """The attributes with a large group, in the order of the groups."""
        return list(dict.fromkeys(group.attribute for group in self.large))

    def of(self, attribute: str) -> list[Group]:
        """The large groups of ``attribute``."""
        return [group for group in self.large if group.attribute == attribute]


def read(keys: pd.DataFrame, validated: Path = tables.VALIDATED) -> Groups:
    """Find the groups of lines.

    Parameters
    ----------
    keys
        ``line_id`` and ``ordered_at`` of each line, each once.
    validated
        The folder of the validated tables.
    """
    declared = _declared(validated)
    lines = _with_people(keys, validated, declared)
    unit = lines["customer_id"].where(lines["customer_id"].notna(), "order " + lines["order_id"].astype(str))
    return _of(unit, list(_groups(lines, declared)), lines.columns)


def of_decisions(decided: pd.DataFrame, validated: Path, pseudonym: Callable[[str], str] | None) -> Groups:
    """Find the groups of decisions; a customer's region is that of most of their lines.

    Parameters
    ----------
    decided
        ``customer``, ``unit`` and ``decided_at`` (microseconds since 1970) of each, as the decision log has them.
    validated
        The folder of the shop's tables.
    pseudonym
        Gives the customer of the log for one of the tables; None where these hold hashes already.
    """
    declared = [each for each in _declared(validated) if each.table == CUSTOMERS.name]
    people = _people(validated, declared)
    if "region" in tables.columns(ORDER_LINES, validated):
        people = people.merge(_regions(validated), on="customer_id", how="left")
    if pseudonym is not None:
        people["customer_id"] = people["customer_id"].map(pseudonym)
    keys = pd.DataFrame(
        {"customer_id": decided["customer"], "ordered_at": pd.to_datetime(decided["decided_at"], unit="us")}
    )
    rows = keys.merge(people, on="customer_id", how="left", validate="many_to_one")
    return _of(decided["unit"], list(_groups(rows, declared, region_of_people=True)), rows.columns)


def _regions(validated: Path) -> pd.DataFrame:
    """The region of most lines of each customer, a row each."""
    lines = tables.read(ORDER_LINES, validated, ["customer_id", "region"]).to_pandas().astype(object).dropna()
    counted = lines.value_counts().reset_index().sort_values(["count", "region"], ascending=[False, True])
    regions: pd.DataFrame = counted.drop_duplicates("customer_id")[["customer_id", "region"]]
    return regions


def _declared(validated: Path) -> list[Attribute]:
    return [each for each in attributes.read(validated) if each.personal and each.kind is not Kind.NUMBER]


def _of(unit: pd.Series, every: Sequence[Group], columns: Collection[str]) -> Groups:
    """The groups of lines whose customers are ``unit``; ``columns``: what the shop records of them."""
    customer = pd.factorize(unit, sort=True)[0].astype(np.int64)
    found = [group for group in every if group.mask.any()]
    large = tuple(group for group in found if len(np.unique(customer[group.mask])) >= LEAST_CUSTOMERS)
    kept = {(group.attribute, group.name) for group in large}
    small = tuple(f"{each.attribute} {each.name}" for each in found if (each.attribute, each.name) not in kept)
    return Groups(customer, large, small, tuple(column for column in RECORDED if column not in columns))


def _with_people(keys: pd.DataFrame, validated: Path, declared: Sequence[Attribute]) -> pd.DataFrame:
    """Join orders and customers, in the order of ``keys``; nothing is known of a guest."""
    of_lines = [each.column for each in declared if each.table == ORDER_LINES.name]
    of_orders = [column for column in ("region",) if column in tables.columns(ORDER_LINES, validated)]
    wanted = ["line_id", "order_id", "customer_id", *of_orders, *of_lines]
    lines = tables.read(attributes.extended(ORDER_LINES, declared), validated, wanted).to_pandas()
    joined = keys[["line_id", "ordered_at"]].merge(lines, on="line_id", how="left", validate="one_to_one")
    return joined.merge(_people(validated, declared), on="customer_id", how="left")


def _people(validated: Path, declared: Sequence[Attribute]) -> pd.DataFrame:
    """The customers, with what is recorded of them."""
    of_people = [each.column for each in declared if each.table == CUSTOMERS.name]
    present = tables.columns(CUSTOMERS, validated)
    recorded = [column for column in ("title", "birth_year") if column in present]
    read: pd.DataFrame = tables.read(
        attributes.extended(CUSTOMERS, declared), validated, ["customer_id", *recorded, *of_people]
    ).to_pandas()
    return read


def _groups(lines: pd.DataFrame, declared: Sequence[Attribute], *, region_of_people: bool = False) -> Iterator[Group]:
    """Yield the groups; those of an attribute of people are a partition of the customers' lines, without guests."""
    known = lines["customer_id"].notna().to_numpy()
    yield Group(ACCOUNT, CUSTOMER, known)
    yield Group(ACCOUNT, GUEST, ~known)
    named = {TITLE: lines["title"]} if "title" in lines else {}
    if "birth_year" in lines:
        named[AGE] = _age_band(lines["ordered_at"].dt.year - lines["birth_year"])
    named |= {each.words: lines[each.column] for each in declared if each.table == CUSTOMERS.name}
    regions = {REGION: _most(lines["region"])} if "region" in lines else {}
    of_lines = {} if region_of_people else regions
    named |= regions if region_of_people else {}
    of_lines |= {each.words: lines[each.column] for each in declared if each.table == ORDER_LINES.name}
    every = np.ones(len(lines), dtype=bool)
    for columns, universe in ((named, known), (of_lines, every)):
        for attribute, column in columns.items():
            text = column.astype(object).where(column.notna(), MISSING).astype(str)
            for name in _in_order(column, text[universe]):
                yield Group(attribute, name, universe & (text == name).to_numpy())


def _most(region: pd.Series) -> pd.Series:
    """The regions, those with fewest lines as one."""
    counts = region.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return region.astype(object).where(region.isna() | region.isin(counts.index[:MOST_REGIONS]), OTHER)


def _in_order(column: pd.Series, text: pd.Series) -> list[str]:
    """The groups: bands from the lowest up, names by the alphabet."""
    bands = list(column.cat.categories) if isinstance(column.dtype, pd.CategoricalDtype) else []
    found = set(text)
    return [*(band for band in bands if band in found), *sorted(found - set(bands))]


def _age_band(age: pd.Series) -> pd.Series:
    names = [f"below {AGES[0]}", *(f"{low} to {high - 1}" for low, high in pairwise(AGES)), f"{AGES[-1]} and above"]
    return pd.cut(age, [-np.inf, *AGES, np.inf], right=False, labels=names)
