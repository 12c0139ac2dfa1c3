"""How a shop's mapping reads keys and labels: ingest applies it to the files, and the service to requests and events.

Ingest writes the reading into source.json, the seed of the online state carries it, and the service takes it from the
state that it serves. So one customer, or one label, is the same at ingest and at the checkout.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal, get_args

from data.errors import UserError
from data.identity import KeyKind, normalise, trimmed
from data.reading.labels import normal_form

Case = Literal["keep", "lower", "upper"]


@dataclass(frozen=True)
class LabelReading:
    """How the labels of one column are read.

    ``missing``: labels that stand for a missing one, compared as they are written. ``translations``: from the shop's
    own label to the label that counts, compared in the normal form of labels; ``case`` applies to every other label.
    """

    case: Case = "keep"
    translations: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @cached_property
    def _by_form(self) -> dict[str | None, str]:
        return {normal_form(own): label for own, label in self.translations.items()}

    def read(self, label: str) -> str | None:
        """Give the label that counts for one of the shop's own labels; None where it is missing."""
        text = trimmed(label)
        if not text or text in self.missing:
            return None
        translated = self._by_form.get(normal_form(text))
        if translated is not None:
            return translated or None
        return {"keep": text, "lower": text.lower(), "upper": text.upper()}[self.case]


@dataclass(frozen=True)
class Reading:
    """How a shop's customers and labels are read; the default takes both as they are written.

    ``customer_key``: what identifies a customer. ``guests``: values of that key that stand for a guest, compared in the
    normal form of labels. ``labels``: by column of the canonical tables (`data.schema.LABELS`), where a column has a
    reading of its own.
    """

    customer_key: KeyKind = KeyKind.ID
    guests: tuple[str, ...] = ()
    labels: Mapping[str, LabelReading] = field(default_factory=dict)

    @cached_property
    def _guests(self) -> frozenset[str | None]:
        return frozenset(map(normal_form, self.guests))

    def customer(self, key: str) -> str | None:
        """Give the customer's key in the form that is hashed; None for a guest."""
        return None if self._guests and normal_form(key) in self._guests else normalise(self.customer_key, key)

    def label(self, column: str, label: str | None) -> str | None:
        """Give the label of ``column`` that counts; None where it is missing."""
        chosen = self.labels.get(column)
        return label if chosen is None or label is None else chosen.read(label)

    def as_json(self) -> dict[str, Any]:
        """Give the reading as JSON, without what is plain: empty for the default. `from_json` reads it."""
        content: dict[str, Any] = {}
        if self.customer_key is not KeyKind.ID:
            content["customer_key"] = self.customer_key.value
        if self.guests:
            content["guests"] = list(self.guests)
        labels = {column: _label_json(each) for column, each in sorted(self.labels.items()) if each != LabelReading()}
        return content | ({"labels": labels} if labels else {})

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Reading":
        """Read what `as_json` wrote; an empty mapping is the default.

        Raises
        ------
        UserError
            The content is not a reading that this version knows.
        """
        try:
            _refuse_unknown(content, {"customer_key", "guests", "labels"})
            labels = {column: _label_of(each) for column, each in content.get("labels", {}).items()}
            kind = KeyKind(content.get("customer_key", KeyKind.ID))
            return cls(kind, tuple(content.get("guests", ())), labels)
        except (ValueError, TypeError, AttributeError) as error:
            raise UserError(
                expected="a reading of keys and labels that this version knows",
                found=str(error),
                fix="build it again with this version: dvc repro",
            ) from None


PLAIN: Final = Reading()
"""The reading of a source without one of its own: keys and labels as they are written."""


def _label_json(reading: LabelReading) -> dict[str, Any]:
    content: dict[str, Any] = {} if reading.case == "keep" else {"case": reading.case}
    if reading.translations:
        content["translations"] = dict(reading.translations)
    return content | ({"missing": list(reading.missing)} if reading.missing else {})


def _label_of(content: Mapping[str, Any]) -> LabelReading:
    _refuse_unknown(content, {"case", "translations", "missing"})
    case = content.get("case", "keep")
    if case not in get_args(Case):
        raise ValueError(f"the case {case!r}")
    return LabelReading(case, dict(content.get("translations", {})), tuple(content.get("missing", ())))


def _refuse_unknown(content: Mapping[str, Any], known: set[str]) -> None:
    """Refuse a key that a later version wrote: ignored, it would be a misreading."""
    if unknown := sorted(set(content) - known):
        raise ValueError(f"the key {', '.join(unknown)}")
