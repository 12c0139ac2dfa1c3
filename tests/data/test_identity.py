"""Customer ids leave as keyed hashes, under a key that the environment gives."""

import logging

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import identity, sql
from data.errors import UserError
from data.identity import IdKey, KeyKind, key_from_environment, name_ids, normalise
from data.pseudonyms.pseudonyms import KeyedHashes
from data.reading.reading import Reading


def test_the_hash_is_the_first_half_of_hmac_sha256() -> None:
    # RFC 4231, test case 2
    assert IdKey(b"Jefe", public=False).hash("what do ya want for nothing?") == "5bdcc146bf60754e6a042426089575c7"


@given(st.text(), st.text())
def test_other_ids_and_other_keys_give_other_hashes(one: str, other: str) -> None:
    key = IdKey(b"k" * 16, public=False)
    assert (key.hash(one) == key.hash(other)) == (one == other)
    assert key.hash(one) != IdKey(b"l" * 16, public=False).hash(one)


def test_without_a_key_the_public_demo_key_is_used_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("RETURN_RISK_ID_KEY", raising=False)
    with caplog.at_level(logging.WARNING):
        key = key_from_environment()
    assert key.public
    assert "RETURN_RISK_ID_KEY is not set" in caplog.text
    assert "public demo key" in caplog.text


def test_a_key_in_the_environment_is_used_silently(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("RETURN_RISK_ID_KEY", "0123456789abcdef")
    key = key_from_environment()
    assert (key.secret, key.public) == (b"0123456789abcdef", False)
    assert caplog.text == ""


@pytest.mark.parametrize("secret", ["", "hunter2"])
def test_a_key_that_trial_would_find_is_refused(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("RETURN_RISK_ID_KEY", secret)
    with pytest.raises(UserError, match="at least 16 characters") as caught:
        key_from_environment()
    assert "hunter2" not in str(caught.value)


def test_the_fingerprint_tells_keys_apart_and_no_key() -> None:
    one, other = IdKey(b"a" * 16, public=False), IdKey(b"b" * 16, public=False)
    assert one.fingerprint != other.fingerprint
    assert len(one.fingerprint) == 8


def test_each_distinct_id_is_named_once_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "BATCH", 3)
    key = IdKey(b"k" * 16, public=False)
    with duckdb.connect() as connection:
        ids = "SELECT CASE WHEN i % 11 < 10 THEN (i % 11)::VARCHAR END FROM range(100) AS numbers(i)"
        name_ids(connection, ids, "hashed_ids", KeyedHashes(key).make)
        found = sql.rows(connection, "SELECT raw, hashed FROM hashed_ids ORDER BY raw")
    assert found == [(str(number), key.hash(str(number))) for number in range(10)]


@pytest.mark.parametrize(
    ("kind", "spellings", "form"),
    [
        (KeyKind.ID, ["C-1", " C-1\u00a0", "C-1\t"], "C-1"),
        (KeyKind.ID, ["c-1"], "c-1"),
        (
            KeyKind.EMAIL,
            ["ann@shop.example", " Ann@Shop.EXAMPLE ", "\uff41\uff4e\uff4e@shop.example", "ann@shop.example\u200b"],
            "ann@shop.example",
        ),
        (KeyKind.EMAIL, ["ann+1@shop.example"], "ann+1@shop.example"),
        (
            KeyKind.PHONE,
            [
                "+49 30 12-34",
                "0049 30 1234",
                "+49 (0)30 1234",
                "0049(0)30/1234",
                "\uff0b\uff14\uff19 \uff13\uff10 \uff11\uff12\uff13\uff14",
                "+٤٩٣٠١٢٣٤",
            ],
            "+49301234",
        ),
        (KeyKind.PHONE, ["030 12 34", "(030) 1234"], "0301234"),
        (
            KeyKind.EMAIL,
            ["ann@shop.example", '"Ann B" <Ann@Shop.example>', "<ann@shop.example>", "mailto:ann@shop.example"],
            "ann@shop.example",
        ),
        (KeyKind.EMAIL, ["mailto: <mailto:ann@shop.example>", "Ann  <ANN@shop.example>"], "ann@shop.example"),
        (KeyKind.EMAIL, ["mailto:"], None),
        (KeyKind.NAME, ["ann_b", " Ann_B ", "ANN_B\u3000"], "ann_b"),
        (KeyKind.ID, ["", "  "], None),
        (KeyKind.EMAIL, ["", "\u200b "], None),
        (KeyKind.PHONE, ["", "-", "unknown", "0", "000"], None),
        (KeyKind.NAME, ["", " "], None),
    ],
)
def test_the_spellings_of_a_key_have_one_form(kind: KeyKind, spellings: list[str], form: str | None) -> None:
    assert {normalise(kind, spelling) for spelling in spellings} == {form}


@given(st.sampled_from(KeyKind), st.text())
def test_the_form_of_a_form_of_a_key_is_itself(kind: KeyKind, key: str) -> None:
    form = normalise(kind, key)
    assert form is None or normalise(kind, form) == form


def test_two_spellings_of_a_customer_get_one_hash_and_a_guest_gets_none() -> None:
    key, reading = IdKey(b"k" * 16, public=False), Reading(KeyKind.EMAIL, ("guest",))
    with duckdb.connect() as connection:
        ids = "VALUES ('Ann@Shop.example'), ('ann@shop.EXAMPLE '), ('GUEST'), ('bob@shop.example'), (NULL)"
        name_ids(connection, ids, "hashed_ids", KeyedHashes(key).make, reading.customer)
        found = dict(sql.rows(connection, "SELECT raw, hashed FROM hashed_ids"))
    assert found == {
        "Ann@Shop.example": key.hash("ann@shop.example"),
        "ann@shop.EXAMPLE ": key.hash("ann@shop.example"),
        "GUEST": None,
        "bob@shop.example": key.hash("bob@shop.example"),
    }
