"""A customer who is erased is in no file of the shop any more, the others score as before, and may order anew."""

import gzip
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from data import params, tables
from data.errors import UserError
from data.logged.predictions import PREDICTIONS
from data.schema import CUSTOMERS, ORDER_LINES
from data.sources.snapshot import Snapshot
from data.times import iso
from features.exporting.export import Base
from features.online_state import restore
from features.stores.store import Agenda
from features.stores.store import Snapshot as StoreSnapshot
from serving.assembly.start_up import prepare
from serving.assembly.worker import assemble_worker
from serving.privacy.byte_search import Hit
from serving.privacy.person_logs import PersonLogs
from serving.privacy.proof import Proof, files_of
from serving.privacy.traces import Trace
from serving.rights.erase import OF_CACHE, OF_OTHERS, OF_SHOP, erase, places_of, report, search_for
from serving.settings import Settings
from serving.shops import APART
from serving.state.export import write
from serving.state.home import StateHome
from tests.features.states import MAX_DELAY_DAYS
from tests.serving.rights.small_shop import GONE, HOUR, MERGED, NOBODY, STAYS, SmallShop, live, name, now, order


def names_of(shop: SmallShop, *forms: str) -> set[str]:
    return {each for form in forms for each in shop.keys.accounts_of(form)}


def kept_of(shop: SmallShop, names: set[str]) -> list[str]:
    """What state and logs have with one of the pseudonyms."""
    home = StateHome(shop.shop.settings.state, MAX_DELAY_DAYS, shop.folder / "features" / "state")
    with home.reading() as store:
        keys = store.keys([b""])

        def look(snapshot: StoreSnapshot) -> list[bytes]:
            values = [each for each in snapshot.get(keys) if each is not None]
            agendas = [key for agenda in Agenda for _, key in snapshot.due(agenda, 1 << 62, 1 << 62)]
            return [*keys, *values, *agendas]

        found = store.read(look)
    logged = [str(each) for kind, folder in PersonLogs.of(shop.shop.settings).kinds for each in kind.read(folder)]
    texts = [*map(repr, found), *logged]
    return [each for each in texts if any(one in each for one in names)]


def test_an_erased_person_is_nowhere_with_all_accounts_and_others_score_to_the_bit_as_before(shop: SmallShop) -> None:
    live(shop)
    at = now() + HOUR
    others = [name(number) for number in (0, 3, 4, 5, 6, 7)] + [None, "nobody before"]
    before = shop.score(others, at)
    names = names_of(shop, GONE)
    assert names == names_of(shop, MERGED)
    assert len(names) == 2
    assert len(kept_of(shop, names)) > 10

    proof = erase(shop.shop, GONE, settled=0)

    report(proof)
    assert proof.files > 10
    assert kept_of(shop, names) == []
    assert shop.keys.find([GONE, MERGED]) == [None, None]
    assert shop.score(others, at) == before
    assert shop.score([GONE], at) == shop.score(["nobody before"], at)
    assert [each["status"] for each in shop.send([order("o-new", GONE, now())])] == ["applied"]
    assert names_of(shop, GONE).isdisjoint(names)
    assert names_of(shop, GONE)


def test_the_event_destroys_the_secret_at_once_and_counts_once(shop: SmallShop) -> None:
    live(shop)
    event = {"type": "customer_erased", "event_id": "x", "customer_id": GONE, "erased_at": iso(now() - 1_000_000)}
    unknown = {**event, "event_id": "y", "customer_id": "was never here"}
    assert [each["status"] for each in shop.send([event, unknown])] == ["applied", "applied"]
    assert shop.keys.find([GONE, MERGED, "was never here"]) == [None, None, None]
    assert [each["status"] for each in shop.send([event, unknown])] == ["duplicate", "duplicate"]
    assert shop.keys.find([GONE]) == [None]


def test_an_erasure_that_lies_ahead_keeps_the_secret_until_its_time(shop: SmallShop) -> None:
    event = {"type": "customer_erased", "event_id": "x", "customer_id": GONE, "erased_at": iso(now() + HOUR)}
    before = shop.keys.find([GONE])
    assert [each["status"] for each in shop.send([event])] == ["applied"]
    assert shop.keys.find([GONE]) == before
    assert shop.keys.destroy_due(now() + 2 * HOUR) == 1


def test_a_score_makes_no_row_and_a_decision_does(shop: SmallShop) -> None:
    shop.score(["somebody new"], now())
    assert shop.keys.accounts_of("somebody new") == []
    shop.score(["somebody new"], now(), decide=True)
    (made,) = shop.keys.accounts_of("somebody new")
    assert [each["customer"] for each in PREDICTIONS.read(shop.folder / "log")][-1] == made


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("data/shop/orders.csv", f"order,customer\n1,{GONE}\n".encode()),
        ("reports/a.csv.gz", gzip.compress(f"1,{GONE}".encode())),
        ("mlruns/1/note.txt", GONE.encode("utf-16-le")),
        ("log/predictions-1.jsonl.old", None),
        ("shadow/predictions-1.jsonl.old", None),
    ],
    ids=["a table", "packed", "UTF-16", "the pseudonym in a log", "in the log of the shadow"],
)
def test_the_search_finds_what_was_left(shop: SmallShop, file: str, content: bytes | None) -> None:
    left = shop.folder / file
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(names_of(shop, GONE).pop().encode() if content is None else content)
    proof = erase(shop.shop, GONE, settled=0)
    assert {hit.file for hit in proof.hits} == {left.resolve()}
    with pytest.raises(UserError, match=left.name):
        report(proof)


def test_the_search_finds_the_secret_and_its_hash_before_the_erasure(shop: SmallShop) -> None:
    proof = search_for(shop.shop, GONE)
    assert {hit.trace.what for hit in proof.hits} >= {"the hash of the id", "a row of the customers' secrets"}
    assert not proof.holds


def test_a_copy_of_the_tables_names_nobody_once_the_secret_is_destroyed(shop: SmallShop) -> None:
    proof: Proof = erase(shop.shop, GONE, settled=0)
    assert proof.holds
    assert {each.parent.name for each in proof.sealed} >= {"validated", "state"}


def test_tables_that_are_written_after_an_erasure_have_nobody_in_the_persons_place(shop: SmallShop) -> None:
    live(shop)
    names, stays = names_of(shop, GONE), names_of(shop, STAYS)
    settings = shop.shop.settings
    base = Base(shop.folder / "data" / "validated", Snapshot({"fingerprint": shop.keys.fingerprint}))
    erase(shop.shop, GONE, settled=0)
    home = StateHome(settings.state, MAX_DELAY_DAYS)
    write(home, base, shop.folder / "snapshot", shop.keys)
    lines = tables.read(ORDER_LINES, shop.folder / "snapshot").to_pylist()
    own = [each for each in lines if each["order_id"] in ("o-0", "o-1")]
    assert [each["customer_id"] for each in own] == [None] * 4
    held = {each["customer_id"] for each in lines} - {None}
    assert held.isdisjoint(names)
    assert held >= stays
    before = tables.read(ORDER_LINES, base.folder).to_pylist()
    assert len(lines) == len(before) + 6
    customers = {each["customer_id"] for each in tables.read(CUSTOMERS, shop.folder / "snapshot").to_pylist()}
    assert customers.isdisjoint(names)


def test_every_place_where_a_shop_keeps_files_is_searched(shop: SmallShop) -> None:
    live(shop)
    places = places_of(shop.shop)
    found = set(files_of([*places.all, *places.live]))
    assert {each.resolve() for each in shop.folder.rglob("*") if each.is_file()} <= found


def test_the_service_knows_whether_customers_have_secrets(shop: SmallShop) -> None:
    with_demo_key = replace(shop.shop, environment={})
    found = [assemble_worker(each, NOBODY).have_secrets() for each in (shop.shop, with_demo_key)]
    assert found == [True, False]


def test_every_path_that_a_setting_names_is_searched_wherever_it_is(shop: SmallShop, tmp_path: Path) -> None:
    apart = tmp_path.with_name(f"{tmp_path.name}-apart")
    names = [name for name, field in Settings.model_fields.items() if field.annotation in (Path, Path | None)]
    assert {"quality", "shadow_log", "sessions", "policy_scenarios", "policy_replay", *APART} <= {*names, "state"}
    files = {apart / name for name in names} | {apart / f"{name}-wal" for name in names}
    apart.mkdir()
    for file in files:
        file.touch()
    settings = shop.shop.settings.model_copy(update={name: apart / name for name in names})
    assert files <= set(files_of(places_of(replace(shop.shop, settings=settings)).all))


@pytest.mark.parametrize("source", ["mapped", "events", "simulated"])
def test_the_shops_own_export_is_searched_wherever_it_is(shop: SmallShop, tmp_path: Path, source: str) -> None:
    export = tmp_path.with_name(f"{tmp_path.name}-export") / "orders.csv"
    export.parent.mkdir()
    export.write_text(f"order,customer\n1,{GONE}\n")
    file = shop.folder / "params.yaml"
    sections = params.read(file)
    sections["data"] |= {"source": source, "path": str(export.parent)}
    file.write_text(yaml.safe_dump(sections))

    proof = erase(shop.shop, GONE, settled=0)

    assert {hit.file for hit in proof.hits} == (set() if source == "simulated" else {export})
    assert places_of(shop.shop).own == (export.parent if source == "mapped" else None)


@pytest.mark.parametrize(
    ("file", "fix"),
    [("export/orders.csv", OF_SHOP), (".dvc/cache/files/md5/ab/cd", OF_CACHE), ("reports/note.txt", OF_OTHERS)],
    ids=["the shop's own", "DVC's cache", "others"],
)
def test_what_was_found_is_told_with_what_helps_there(tmp_path: Path, file: str, fix: str) -> None:
    found = tmp_path / file
    found.parent.mkdir(parents=True)
    found.touch()
    proof = Proof([Hit(found.resolve(), Trace("the customer's id", b"C-1"), 1)])
    with pytest.raises(UserError) as told:
        report(proof, tmp_path / "export")
    assert told.value.fix.removesuffix(". See docs/how-to/privacy.md") == fix


def test_a_state_that_is_loaded_from_older_tables_forgets_who_was_erased_since(shop: SmallShop) -> None:
    names = names_of(shop, GONE)
    shop.keys.destroy(GONE)
    shutil.rmtree(shop.folder / "store")

    prepare(shop.shop)

    assert kept_of(shop, names) == []
    assert kept_of(shop, names_of(shop, STAYS))


def test_a_lost_file_of_secrets_is_refused_by_name_and_the_state_stays(shop: SmallShop) -> None:
    shop.keys.path.unlink()
    with pytest.raises(UserError, match="customers' secrets by which the orders' customers are known"):
        prepare(shop.shop)
    with StateHome(shop.shop.settings.state, MAX_DELAY_DAYS).reading() as store:
        assert restore.current(store) is not None
