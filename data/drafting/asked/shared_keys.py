"""One key of a customer for many people: an address of the shop itself, which its staff types in for guests."""

from data import sql
from data.drafting.headers import parts
from data.drafting.headers.vocabulary import plain
from data.drafting.roles import Roles
from data.personal_data.headers import kind_by_header
from data.personal_data.kinds import Kind
from data.reading.guests import stands_for_guest

FEWEST = 4
"""Different names of one customer: a family has fewer. One person has many addresses."""
OF_RECIPIENTS = {"delivery", "shipping"}
"""Meanings of headers whose names may be of those who get a present."""


def note(owner: Roles, column: str) -> str:
    """Ask for a key in ``column`` that stands for many people, by the names beside it, which are never shown."""
    persons = [name for name in owner.sheet.columns if name != column and _is_of_person(name)]
    most = max((_most(owner, column, name) for name in persons), default=(0, 0))
    if most[0] < FEWEST:
        return ""
    return (
        f"CHECK: one value stands for {most[0]:,} different names on {most[1]:,} rows: is it the shop's own, for "
        "guests? then add missing: THAT VALUE"
    )


def _is_of_person(column: str) -> bool:
    return kind_by_header(column) is Kind.NAME and not OF_RECIPIENTS & parts.meanings(plain(column))


def _most(owner: Roles, column: str, other: str) -> tuple[int, int]:
    """Count the different cells of ``other`` beside the key that has most of them, and the rows of that key."""
    guests = [value for value in owner.sheet.values(column) if stands_for_guest(value)]
    key, cell = owner.sheet.cell(column), f"lower({owner.sheet.cell(other)})"
    filled = f"{key} NOT IN ({sql.texts(['', *guests])}) AND {cell} <> ''"
    query = (
        f"SELECT count(DISTINCT {cell}), count(*) FROM {owner.sheet.table} WHERE {filled} GROUP BY {key} "
        "ORDER BY 1 DESC, 2 DESC LIMIT 1"
    )
    found = sql.rows(owner.sheet.connection, query)
    return (int(found[0][0]), int(found[0][1])) if found else (0, 0)
