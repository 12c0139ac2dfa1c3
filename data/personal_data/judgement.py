"""The judgement of a column: the share of its cells that look personal, and its header."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Sequence

from data.errors import UserError
from data.personal_data.accounts import count_accounts
from data.personal_data.addresses import is_address
from data.personal_data.bare_places import count_bare_places
from data.personal_data.cells import certain_among
from data.personal_data.emails import LEAST_SHARE, holds_email
from data.personal_data.headers import hints_at_person, kind_by_header
from data.personal_data.kinds import Kind
from data.personal_data.names import is_addressed, is_name, is_person, name_words
from data.personal_data.networks import holds_network_address
from data.personal_data.phones import count_phones
from data.personal_data.places import count_places

SHARES = {
    Kind.EMAIL: LEAST_SHARE,
    Kind.PHONE: 0.2,
    Kind.ACCOUNT: 0.1,
    Kind.NETWORK: 0.2,
    Kind.PLACE: 0.5,
    Kind.ADDRESS: 0.2,
    Kind.NAME: 0.3,
    Kind.TOWN: 0.5,
}
"""Least share of suspect values at which a column is refused; a smaller share counts as coincidence."""
SHARES_OF_HINT = {
    Kind.EMAIL: 0.02,
    Kind.PHONE: 0.05,
    Kind.ACCOUNT: 0.05,
    Kind.NETWORK: 0.05,
    Kind.PLACE: 0.1,
    Kind.ADDRESS: 0.05,
    Kind.NAME: 0.1,
    Kind.TOWN: 0.5,
}
"""The same for a column whose header is about a person."""


MOST_PERSONS = ((10, 0.3), (4, 0.5), (3, 0.7))
"""Different names in a column, each number with the least share of its different values at which they are persons' and
no labels: a shop has few colors, and each on many lines."""


FEWEST_PERSONS, FEWEST_PRODUCTS, MOSTLY = 3, 3, 0.5
"""Different names, and products with several of them, at least; and the share of products of several rows, at least."""

DIFFERENT_SHARE = 0.1
"""Least share of different words beside numbers: a shop has few branches, and each has many numbers."""


def refuse(
    column: str,
    values: Sequence[str],
    *,
    may_hold_names: bool,
    brands: bool = True,
    allowed: Collection[Kind] = frozenset(),
    numbers: bool = False,
) -> None:
    """Refuse a column that by its header or its values holds data of one of the kinds of `Kind`.

    What is sure by itself (`data.personal_data.cells`) counts over all kinds, from `LEAST_SHARE` of the values
    on; fewer such cells are odd ones, whose rows validation refuses.

    Parameters
    ----------
    column
        The shop's name of the column.
    values
        Some of its values, none missing.
    may_hold_names
        Whether names of persons are allowed, as in a column of brands (Calvin Klein), unless a word such as ``for``
        stands before them. Such a column is about products,
        so a number in groups is no phone number there, unless it has a country's code or a word for a phone before it,
        and a number before a word no postcode.
    brands
        Whether the names may be those of brands, of which a shop has many. In a column of sizes or colors many
        different names are of persons, however few lines they are on.
    allowed
        Kinds that are not looked for, such as the emails of a column that is the customer's key and will be hashed.
    numbers
        Whether the values are numbers of orders or returns, in which a word or two may stand, and always the same.

    Raises
    ------
    UserError
        The message names the column and the kind of data that it seems to hold, never a value.
    """
    named = kind_by_header(column)
    if named is not None and named not in allowed:
        raise _personal(column, f"by its name it holds {named}", named)
    shares = SHARES_OF_HINT if hints_at_person(column) else SHARES
    for kind, found in _suspects(column, values, may_hold_names=may_hold_names).items():
        if kind not in allowed and values and found / len(values) >= shares[kind]:
            raise _personal(column, f"{found} of {len(values)} values in the sample look like {kind}", kind)
    persons = 0 if Kind.NAME in allowed or (may_hold_names and brands) else _different_persons(values)
    if persons:
        raise _personal(column, f"{persons} different values in the sample look like {Kind.NAME}", Kind.NAME)
    if numbers and (found := _with_different_words(values)):
        beside = f"{found} of {len(values)} values in the sample have different words, as {Kind.NAME} are"
        raise UserError(
            expected=f"numbers in the mapped column {column!r}",
            found=beside,
            fix=f"take the words out, such as by extract: '([0-9]+)$' beside column: {column}; or map another column",
        )
    counts = Counter(values)
    sure = {value: kind for value, kind in certain_among(counts).items() if kind not in allowed}
    found = sum(counts[value] for value in sure)
    if sure and found >= LEAST_SHARE * len(values):
        kinds = " or ".join(sorted(set(sure.values())))
        raise _personal(column, f"{found} of {len(values)} values in the sample hold {kinds}", min(sure.values()))


def refuse_of_customers(column: str, pairs: Sequence[tuple[str, str]]) -> None:
    """Refuse a label of products whose values are names of persons and change from order to order of one product.

    Calvin Klein and Hugo Boss are brands: each product has one. A customer's name under the header of a brand is not.

    Parameters
    ----------
    column
        The shop's name of the column.
    pairs
        The product and the value of some rows, none missing.

    Raises
    ------
    UserError
        The message names the column, never a value.
    """
    values = {unicodedata.normalize("NFKC", value).strip() for _, value in pairs}
    persons = sum(map(is_name, values))
    if persons < FEWEST_PERSONS or persons < SHARES[Kind.NAME] * len(values):
        return
    rows = Counter(product for product, _ in pairs)
    different = Counter(product for product, _ in set(pairs))
    several = [product for product, count in rows.items() if count > 1]
    changing = sum(different[product] > 1 for product in several)
    if changing >= max(FEWEST_PRODUCTS, MOSTLY * len(several)):
        found = (
            f"{persons} of its {len(values)} different values in the sample look like {Kind.NAME}, and {changing} of "
            f"{len(several)} products have several of them, as customers do and brands don't"
        )
        raise _personal(column, found, Kind.NAME)


def is_personal(column: str, values: Sequence[str]) -> bool:
    """Whether a column holds personal data, as `refuse` judges it."""
    try:
        refuse(column, values, may_hold_names=False)
    except UserError:
        return True
    return False


def _suspects(column: str, values: Sequence[str], *, may_hold_names: bool) -> dict[Kind, int]:
    """Count the suspect values of each kind."""
    texts = [unicodedata.normalize("NFKC", value).strip() for value in values]
    counts = Counter(texts)

    def number(test: Callable[[str], bool]) -> int:
        return sum(count for text, count in counts.items() if test(text))

    suspects = {
        Kind.EMAIL: number(holds_email),
        Kind.PHONE: count_phones(texts, may_be_ids=may_hold_names),
        Kind.ACCOUNT: count_accounts(texts),
        Kind.NETWORK: number(holds_network_address),
        Kind.ADDRESS: number(is_address),
    }
    if not may_hold_names:
        suspects[Kind.PLACE] = count_places(texts)
        suspects[Kind.NAME] = number(is_person)
        suspects[Kind.TOWN] = count_bare_places(column, texts)
    else:
        suspects[Kind.NAME] = number(is_addressed)
    return suspects


def _different_persons(values: Sequence[str]) -> int:
    """Count the different values that are names of persons; 0 where they are few, or few of the different values."""
    texts = {unicodedata.normalize("NFKC", value).strip().lower() for value in values}
    persons = sum(is_name(text) for text in texts)
    many = any(persons >= least and persons >= share * len(texts) for least, share in MOST_PERSONS)
    return persons if many else 0


def _with_different_words(values: Sequence[str]) -> int:
    """Count the values with words as names have them beside a number; 0 where they are few, or mostly the same."""
    words = Counter(filter(None, map(name_words, values)))
    least, share = MOST_PERSONS[0]
    found = words.total()
    different = len(words) >= max(least, DIFFERENT_SHARE * found)
    return found if different and found >= share * len(values) else 0


def _personal(column: str, found: str, kind: Kind) -> UserError:
    instead = "; for customer_id deliver the shop's own customer number instead, or say there what the column holds "
    instead += "(key: email, phone or name), so that it is hashed"
    if kind is Kind.TOWN:
        instead = ", and map a region or a country instead; or as an attribute of customers, with personal: allowed"
    return UserError(
        expected=f"no personal data in the mapped column {column!r}",
        found=found,
        fix=f"take the column out of the mapping{instead}",
    )
