"""What a request lacks that the model had in training, and how far the score could move with it.

It is worked out for every basket. So all that depends on the model alone is prepared once.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from math import expm1
from typing import NamedTuple

from features.language.request_field import GUEST, UNKNOWN_PRODUCT, RequestField
from features.online_state.basket_nodes import Row
from serving.scores import MissingField
from training.model.unsent import ANY, FACTS, FieldWorth, widening

_EITHER = (False, True)
_MOST = 700.0
"""Log-odds beyond which the odds have no double."""


class Lack(NamedTuple):
    """A field that a line lacks.

    ``raised``: its worth as a share, as the field can raise the odds by so much. ``variance``: what its lack adds to
    that of the line's true log-odds.
    """

    name: str
    raised: float
    variance: float


_Check = tuple[str | None, Lack]
"""A field that a line may lack, with the column that is None without it; None where the line lacks it in any case."""

_ByKind = dict[tuple[bool, bool], list[_Check]]
"""The checks of a line by whether it is a guest's, and whether its product is known."""


class Missing:
    """Finds what lines lack, for one model.

    Parameters
    ----------
    fields
        The fields that a request to this model may lack.
    worths
        What each field is worth; a field without an entry is never missed.
    """

    def __init__(self, fields: Sequence[RequestField], worths: Mapping[str, FieldWorth]) -> None:
        self._fields = [(field.name, field.columns[0], worths[field.name]) for field in fields if field.name in worths]
        categories = {ANY, *(category for worth in worths.values() for category in worth.sent)}
        self._checks = {category: self._of_category(category) for category in categories}
        self._of_any = self._checks[ANY]

    def of_line(self, row: Row, known: AbstractSet[str]) -> list[Lack]:
        """Find what a line lacks.

        ``row``: of the line, with the facts that the state filled in, and without the labels that the model does not
        know. ``known``: the products of which the state knows anything.
        """
        checks = self._checks_of(row)[row["customer_id"] is None, row["product_id"] in known]
        return [lack for column, lack in checks if column is None or row[column] is None]

    @staticmethod
    def of_basket(lines: Iterable[tuple[Sequence[Lack], float]], unseen: Container[str]) -> tuple[MissingField, ...]:
        """Name what the lines of a basket lack, each with its probability; what could move a score most comes first.

        ``unseen``: the fields whose label no training line had, on one of the lines or more.
        """
        largest: dict[str, float] = {}
        for lacks, probability in lines:
            # Odds that are 1 + r times as large or small move a probability most on its way to one half: the smaller
            # of p and 1 - p rises by p(1 - p)r / (1 + pr).
            smaller = min(probability, 1 - probability)
            spread = smaller * (1 - smaller)
            for name, raised, _ in lacks:
                move = spread * raised / (1 + smaller * raised)
                if move >= largest.get(name, 0.0):
                    largest[name] = move
        ranked = sorted(largest.items(), key=lambda pair: (-pair[1], pair[0]))
        return tuple([MissingField(name, move, name in unseen) for name, move in ranked])

    def _checks_of(self, row: Row) -> _ByKind:
        category = row["category"]
        return self._checks.get(category, self._of_any) if isinstance(category, str) else self._of_any

    def _of_category(self, category: str) -> _ByKind:
        """What lines of ``category`` may lack: by whether they are a guest's, and whether their product is known."""
        usual = [(name, column, worth) for name, column, worth in self._fields if worth.is_usual(category)]
        return {(guest, known): _checks(usual, guest=guest, known=known) for guest in _EITHER for known in _EITHER}


def _checks(usual: Sequence[tuple[str, str, FieldWorth]], *, guest: bool, known: bool) -> list[_Check]:
    """What to look for; a guest lacks no facts of a customer by name, nor an unknown product its own."""
    worths = {name: worth for name, _, worth in usual}
    whole = {name for name, lacking in ((GUEST, guest), (UNKNOWN_PRODUCT, not known)) if lacking}
    whole &= {name for name, _, _ in usual}
    explained = tuple(FACTS[name] for name in whole)
    return [
        (None if name in whole else column, Lack(name, expm1(min(worth.log_odds, _MOST)), widening(worths, [name])))
        for name, column, worth in usual
        if name in whole or (name not in FACTS and not name.startswith(explained))
    ]
