"""Sentences of `features.definitions.attributes`."""

from collections.abc import Iterator, Sequence

from data.attributes import Attribute, Kind
from data.schema import CUSTOMERS
from features.sentences.sentence import Phrase, Sentence, Values
from features.sentences.wording import about, figure

SAME = 5e-7
"""Two numbers count as the same below this difference: sums of attributes are exact to a millionth."""


def sentences(attributes: Sequence[Attribute]) -> dict[str, Sentence]:
    """The sentence of each feature, by its name."""
    labels = [each for each in attributes if each.kind is not Kind.NUMBER]
    of_goods = [each for each in labels if each.table != CUSTOMERS.name]
    found = [pair for each in labels for pair in _of_label(each)]
    found += [pair for each in attributes if each.kind is Kind.NUMBER for pair in _of_number(each, of_goods)]
    return dict(found)


def _of_label(attribute: Attribute) -> Iterator[tuple[str, Sentence]]:
    lacks, same = f"{attribute.words} not recorded", f"with the same {attribute.words}"
    if attribute.kind is Kind.FLAG:
        yield attribute.column, Sentence(_yes_or_no(attribute.words), lacks)
    yield f"{attribute.column}_return_rate", Sentence(_rate(same), lacks)
    yield f"{attribute.column}_by_size_return_rate", Sentence(_rate(f"{same} in this size"), f"{lacks}, or no size")


def _of_number(attribute: Attribute, labels: Sequence[Attribute]) -> Iterator[tuple[str, Sentence]]:
    words = attribute.words
    lacks, offset = f"{words} not recorded", f"{attribute.column}_kept_offset"
    yield attribute.column, Sentence(lambda value, _: f"{words}: {figure(value)}", lacks)
    if attribute.table != CUSTOMERS.name:
        missing = f"{words} not recorded, or nothing kept by this customer to compare with"
        yield offset, Sentence(_against(words, "what the customer kept"), missing, of_customer=True)
        return
    same = {"product": "this product", "size_label": "this size"}
    same |= {each.column: f"the same {each.words}" for each in labels}
    for key, goods in same.items():
        yield (
            f"{offset}_by_{key}",
            Sentence(_against(words, f"customers who kept {goods}"), f"{lacks}, or no such goods"),
        )


def _yes_or_no(words: str) -> Phrase:
    def phrase(value: float, _values: Values) -> str:
        return f"{words}: {'yes' if value else 'no'}"

    return phrase


def _rate(same: str) -> Phrase:
    def phrase(rate: float, _values: Values) -> str:
        return f"{about(rate)} of lines {same} come back"

    return phrase


def _against(words: str, others: str) -> Phrase:
    def phrase(offset: float, _values: Values) -> str:
        if -SAME < offset < SAME:
            return f"{words} at the mean of {others}"
        return f"{words} {figure(abs(offset))} {'above' if offset > 0 else 'below'} the mean of {others}"

    return phrase
