"""The reading of keys and labels: as ingest writes it and the service reads it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import UserError
from data.identity import KeyKind
from data.reading.reading import PLAIN, LabelReading, Reading

LABELS = st.builds(
    LabelReading,
    st.sampled_from(["keep", "lower", "upper"]),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
    st.lists(st.text(max_size=5), max_size=3).map(tuple),
)
READINGS = st.builds(
    Reading,
    st.sampled_from(KeyKind),
    st.lists(st.text(max_size=5), max_size=3).map(tuple),
    st.dictionaries(st.sampled_from(["size", "payment_method"]), LABELS.filter(lambda each: each != LabelReading())),
)


@given(READINGS)
def test_a_reading_survives_json(reading: Reading) -> None:
    assert Reading.from_json(json.loads(json.dumps(reading.as_json()))) == reading


def test_a_plain_reading_is_an_empty_text_and_changes_nothing() -> None:
    assert PLAIN.as_json() == Reading(labels={"size": LabelReading()}).as_json() == {}
    assert Reading.from_json({}) == PLAIN
    assert (PLAIN.customer("C-1"), PLAIN.label("size", " M "), PLAIN.label("size", None)) == ("C-1", " M ", None)


@pytest.mark.parametrize(
    "content",
    [
        {"customer_key": "passport"},
        {"salutation": 1},
        {"labels": {"size": {"case": "title"}}},
        {"labels": {"size": {"synonyms": {}}}},
        {"labels": ["size"]},
    ],
)
def test_a_reading_of_another_version_is_refused(content: dict[str, object]) -> None:
    with pytest.raises(UserError, match="a reading of keys and labels that this version knows"):
        Reading.from_json(content)


def test_a_label_is_translated_whatever_its_spelling_and_case_applies_to_the_others() -> None:
    payment = LabelReading("upper", {"Rechnung": "invoice", "Keine": ""}, ("-", "N/A"))
    reading = Reading(labels={"payment_method": payment})

    read = {
        label: reading.label("payment_method", label)
        for label in (
            "Rechnung",
            " RECHNUNG\u00a0",
            "\uff52\uff45\uff43\uff48\uff4e\uff55\uff4e\uff47",
            "PayPal",
            "-",
            " ",
            "keine",
        )
    }

    assert read == {
        "Rechnung": "invoice",
        " RECHNUNG\u00a0": "invoice",
        "\uff52\uff45\uff43\uff48\uff4e\uff55\uff4e\uff47": "invoice",
        "PayPal": "PAYPAL",
        "-": None,
        " ": None,
        "keine": None,
    }
    assert reading.label("channel", "Rechnung") == "Rechnung"


def test_values_that_stand_for_a_guest_are_no_customer() -> None:
    reading = Reading(KeyKind.EMAIL, ("0", "guest", "no@shop.example"))

    found = [reading.customer(key) for key in ("0", " GUEST ", "No@Shop.Example", "", "Ann@Shop.Example")]

    assert found == [None, None, None, None, "ann@shop.example"]
