"""Customers' secrets: pseudonyms that last, are the same in all processes, and are gone once a row is destroyed."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import UserError
from data.identity import DEMO_KEY, IdKey
from data.pseudonyms.customer_keys import FEW, CustomerKeys, CustomerKeysError
from data.pseudonyms.pseudonyms import KeyedHashes, from_environment, pseudonyms_of

KEY = IdKey(b"a key of the tests", public=False)
NOW = 1_700_000_000_000_000


@pytest.fixture
def keys(tmp_path: Path) -> CustomerKeys:
    return CustomerKeys(tmp_path / "keys.sqlite", KEY)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> CustomerKeys:
    return CustomerKeys(tmp_path_factory.mktemp("keys") / "keys.sqlite", KEY)


def content(keys: CustomerKeys) -> bytes:
    """All bytes of the file, and of what SQLite keeps beside it."""
    return b"".join(file.read_bytes() for file in sorted(keys.path.parent.glob(f"{keys.path.name}*")))


def test_a_pseudonym_lasts_is_random_and_another_for_each_customer(keys: CustomerKeys, tmp_path: Path) -> None:
    one, other, again = keys.make(["ann", "bob", "ann"])
    assert one == again != other
    assert CustomerKeys(keys.path, KEY).find(["bob", "nobody"]) == [other, None]
    assert CustomerKeys(tmp_path / "another.sqlite", KEY).make(["ann"]) != [one]
    assert one != KEY.hash("ann")


def test_looking_up_makes_no_file(keys: CustomerKeys) -> None:
    assert (keys.find(["ann"]), keys.fingerprint, list(keys.living())) == ([None], None, [])
    assert not keys.path.exists()


def test_the_file_is_for_its_owner_alone(keys: CustomerKeys) -> None:
    keys.make(["ann"])
    assert {file.stat().st_mode & 0o777 for file in keys.path.parent.glob(f"{keys.path.name}*")} == {0o600}


def test_a_new_secret_is_seen_by_another_process_at_once(keys: CustomerKeys) -> None:
    made = keys.make(["ann"])
    ask = (
        "import sys; from pathlib import Path; from data.identity import IdKey\n"
        "from data.pseudonyms.customer_keys import CustomerKeys\n"
        "print(CustomerKeys(Path(sys.argv[1]), IdKey(sys.argv[2].encode(), public=False)).find(['ann'])[0])"
    )
    command = [sys.executable, "-c", ask, str(keys.path), KEY.secret.decode()]
    found = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])
    assert [found.stdout.strip()] == made


@pytest.mark.parametrize("number", [1, FEW + 1])
def test_a_destroyed_row_leaves_no_byte_and_the_next_order_begins_anew(keys: CustomerKeys, number: int) -> None:
    forms = [f"customer {place}" for place in range(400)]
    before = dict(zip(forms, keys.make(forms), strict=True))
    gone = forms[:number]
    traces = [trace for form in gone for trace in keys.traces(form)]
    assert all(trace in content(keys) for trace in traces)
    keys.destroy_all(gone)
    assert not any(trace in content(keys) for trace in traces)
    assert keys.find(forms) == [None] * number + [before[form] for form in forms[number:]]
    assert set(keys.make(gone)).isdisjoint(before.values())


def test_bytes_of_a_row_that_sqlite_moved_are_found_and_overwritten(
    keys: CustomerKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.make(["ann", "bob"])
    traces = keys.traces("ann")
    monkeypatch.setattr(CustomerKeys, "_holds", lambda *_: True)  # as where a page was split before
    keys._opened().execute("PRAGMA secure_delete = OFF")
    keys.destroy("ann")
    assert not any(trace in content(keys) for trace in traces)


def test_a_row_is_destroyed_when_its_time_has_come(keys: CustomerKeys) -> None:
    (before,) = keys.make(["ann"])
    keys.destroy("ann", NOW)
    assert (keys.destroy_due(NOW - 1), keys.find(["ann"])) == (0, [before])
    assert (keys.destroy_due(NOW), keys.find(["ann"])) == (1, [None])


def test_merged_accounts_are_destroyed_as_one_person_whichever_is_named(keys: CustomerKeys) -> None:
    made = keys.make(["ann", "anna", "a.b", "bob"])
    keys.merge("ann", "anna")
    keys.merge("a.b", "ann")
    keys.merge("anna", "a.b")  # they are one already: no circle
    for form in ("ann", "anna", "a.b"):
        assert set(keys.accounts_of(form)) == set(made[:3])
    keys.destroy("a.b")
    assert keys.find(["ann", "anna", "a.b", "bob"]) == [None, None, None, made[3]]


def test_who_opts_out_has_no_pseudonym_and_is_erased_all_the_same(keys: CustomerKeys) -> None:
    (before,) = keys.make(["ann"])
    keys.opt_out("ann")
    assert (keys.find(["ann"]), keys.make(["ann"]), keys.opted_out("ann")) == ([None], [None], True)
    assert keys.accounts_of("ann") == [before]
    keys.opt_out("ann", out=False)
    assert keys.find(["ann"]) == [before]


def test_those_with_a_row_are_listed(keys: CustomerKeys) -> None:
    made = keys.make([str(number) for number in range(30)])
    keys.destroy("7")
    assert set(keys.living()) == set(made) - {made[7]}


@given(forms=st.lists(st.text(max_size=8), max_size=12))
def test_any_text_is_a_customer(shared: CustomerKeys, forms: list[str]) -> None:
    made = shared.make(forms)
    assert shared.find(forms) == made
    assert len(set(made)) == len(set(forms))


def test_the_file_of_another_key_is_refused_and_named(keys: CustomerKeys) -> None:
    keys.make(["ann"])
    with pytest.raises(CustomerKeysError, match="RETURN_RISK_ID_KEY to be the key"):
        CustomerKeys(keys.path, IdKey(b"another key of tests", public=False)).find(["ann"])


def test_a_broken_file_is_an_error_that_names_the_setting(keys: CustomerKeys) -> None:
    keys.path.write_bytes(b"no database, but some text" * 100)
    with pytest.raises(UserError, match="RETURN_RISK_CUSTOMER_KEYS"):
        keys.find(["ann"])


def test_two_files_of_one_key_have_fingerprints_of_their_own(keys: CustomerKeys, tmp_path: Path) -> None:
    keys.make([])
    other = CustomerKeys(tmp_path / "another.sqlite", KEY)
    other.make([])
    assert keys.fingerprint != other.fingerprint
    assert str(keys.fingerprint).startswith(KEY.fingerprint)


def test_the_public_demo_key_keeps_no_secrets(tmp_path: Path) -> None:
    demo = IdKey(DEMO_KEY, public=True)
    found = pseudonyms_of(demo, tmp_path / "keys.sqlite")
    assert isinstance(found, KeyedHashes)
    assert (found.make(["ann"]), found.find(["ann"])) == ([demo.hash("ann")], [demo.hash("ann")])
    assert list(tmp_path.iterdir()) == []


def test_the_environment_names_key_and_file(tmp_path: Path) -> None:
    named = {"RETURN_RISK_ID_KEY": "a key of the tests", "RETURN_RISK_CUSTOMER_KEYS": str(tmp_path / "k.sqlite")}
    found = from_environment(environment=named)
    assert isinstance(found, CustomerKeys)
    assert found.path == tmp_path / "k.sqlite"
