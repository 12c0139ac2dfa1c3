"""The seed: it equals the state that received every event of the tables, one by one."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.arrays import Floats
from data.errors import UserError
from features import seed
from features.language.nodes import Total
from features.online.features import OnlineFeatures
from features.online_state import records as state_records
from features.online_state import seed_file
from features.online_state.counters import ledger
from features.online_state.counters.layout import Layout
from features.online_state.counters.ledger import pack_times
from features.online_state.fact_days import FactDays
from features.online_state.live import LiveState
from features.online_state.order_life import lives
from features.online_state.order_record import OrderRecord
from features.online_state.profiles import read_customer, read_product
from features.online_state.records import Latest, StateAbout
from features.params import OnlineParams
from features.seeding import keys as seed_keys
from features.seeding.counters import packed_times
from features.stores.store import Agenda
from tests.features.crowded_shop import ATTRIBUTES, OUTCOME, PARAMS, START, Shop, crowded_shop
from tests.features.event_log import Moment, event_log
from tests.features.replay import REASON_COLUMNS
from tests.features.seeds import (
    DAY,
    EVERY_COLUMN,
    FEW_COLUMNS,
    REMEMBER_DAYS,
    advance,
    build,
    content_of,
    cut,
    features_of,
    fed_by,
    orders_at,
    orders_of,
    recipe_of,
    restored,
)

SIZED = FEW_COLUMNS | {"size", "size_system", "size_value"} | REASON_COLUMNS | {each.column for each in ATTRIBUTES}


def odd_shop() -> Shop:
    """Texts that a store's key can't hold unchanged, closes that the source gives, and lines with two returns."""
    shop = crowded_shop(orders=80, seed=8)
    lines = shop.lines.replace({"size": {"s": "gr\u00f6\u00dfe " * 60, "xl": ""}, "color": {"red": "re\0d"}})
    names = {"p1": "p" * 500, "p2": "\u0436" * 210, "c1": "c" * 399, "c2": "c" * 400}
    names |= {name: name + 400 * "-" for name in lines["line_id"] if name < "010"}
    ids = dict.fromkeys(("line_id", "product_id", "customer_id"), names)
    given = (lines["ordered_at"] + pd.Timedelta(days=6)).where(lines["line_id"].str.endswith(("1", "2")), None)
    again = shop.returns.assign(return_id="again " + shop.returns["return_id"], reason="SIZE_TOO_SMALL")
    again["returned_at"] += pd.to_timedelta(np.arange(len(again)) % 3, unit="D")
    returns = pd.concat([again, shop.returns], ignore_index=True)
    return shop.with_(
        lines=lines.assign(closes_at=given).replace(ids),
        returns=returns.replace(ids),
        products=shop.products.replace(ids),
        customers=shop.customers.replace(ids),
    )


@dataclass(frozen=True)
class Case:
    """A shop as its seed and as the state after its events, both at the end of its tables."""

    folder: Path
    online: OnlineFeatures
    log: list[Moment]
    about: StateAbout
    seeded: LiveState
    told: LiveState

    def forget_at(self, order: OrderRecord) -> int:
        closes = [line.closes_at for line in lives(order, OUTCOME)]
        return max([*closes, *(each.cancelled_at for each in order.cancelled.values())]) + REMEMBER_DAYS * DAY

    @property
    def as_of(self) -> int:
        assert self.about.as_of is not None
        return self.about.as_of


@pytest.fixture(scope="module", params=["crowded", "odd"])
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "odd":  # entities with more times than are kept
            patch.setattr(ledger, "KEPT_OUTCOMES", 4)
            patch.setattr(ledger, "KEPT_ORDERS", 4)
        yield _case(request.param, tmp_path_factory.mktemp(request.param))


def _shop(name: str) -> Shop:
    return cut(
        odd_shop() if name == "odd" else crowded_shop(orders=80, lives=True, changes=True), START + timedelta(days=35)
    )


def _case(name: str, folder: Path) -> Case:
    shop = _shop(name)
    recipe = recipe_of(SIZED if name == "odd" else EVERY_COLUMN)
    state = build(shop, folder, recipe)
    online, log = OnlineFeatures(recipe), event_log(folder / "validated")
    about = seed_file.read_about(state)
    return Case(folder, online, log, about, restored(state, online), advance(fed_by(online, log), about.as_of or 0))


def _records(live: LiveState, layout: Layout, kind: bytes) -> dict[bytes, bytes]:
    name = layout.key.name.encode()
    return {key: value for key, value in content_of(live).records.items() if key.split(b"\0")[0] == kind + name}


def _numbers(records: dict[bytes, bytes], layout: Layout) -> Floats:
    return np.array([layout.packing.unpack(records[key]) for key in sorted(records)])


def _whole(records: Floats, layout: Layout, at: int) -> Floats:
    """What each counter is at a later time, from records of shape (entities, numbers)."""
    half = 1 + len(layout.counters)
    before, own = records[:, 1:half], records[:, half:]
    sums = np.array([counter.total is Total.SUM for counter in layout.counters])
    first = np.array([counter.total is Total.FIRST for counter in layout.counters])
    whole = np.where(sums, before + own, np.where(first, np.fmin(before, own), np.fmax(before, own)))
    lives = np.array([counter.half_life_days or np.inf for counter in layout.counters])
    return np.asarray(whole * 2.0 ** (-(at - records[:, :1]) / DAY / lives))


def test_every_counter_of_every_entity_equals_that_of_the_events_one_by_one(case: Case) -> None:
    for layout in case.online.contents.layouts:
        seeded, made = (_records(live, layout, b"k") for live in (case.seeded, case.told))

        assert seeded.keys() == made.keys() != set()
        one, other = _numbers(seeded, layout), _numbers(made, layout)
        # Of an event that was taken back at its own moment, such as a return, the record keeps the moment alone.
        same = one[:, 0] == other[:, 0]
        assert same.mean() > 0.9 or case.folder.name.startswith("crowded")
        np.testing.assert_allclose(one[same], other[same], rtol=1e-12, atol=1e-15, err_msg=layout.key.name)
        whole = [_whole(records, layout, case.as_of + DAY) for records in (one, other)]
        exact = [counter.half_life_days is None for counter in layout.counters]
        np.testing.assert_array_equal(whole[0][:, exact], whole[1][:, exact], layout.key.name)
        np.testing.assert_allclose(whole[0], whole[1], rtol=1e-12, atol=1e-15, err_msg=layout.key.name)


def test_times_that_may_be_taken_back_are_those_of_the_events(case: Case) -> None:
    recalled = [layout for layout in case.online.contents.layouts if layout.recalled]

    assert recalled != []
    for layout in recalled:
        seeded, made = (_records(live, layout, b"t") for live in (case.seeded, case.told))
        assert seeded == made != {}


def test_orders_are_remembered_with_all_facts_of_their_events(case: Case) -> None:
    seeded, made = orders_of(case.seeded), orders_of(case.told)

    assert seeded == {key: order for key, order in made.items() if case.forget_at(order) >= case.as_of}
    found = [line for order in seeded.values() for line in lives(order, OUTCOME)]
    assert {(line.settles, line.returned is None) for line in found} >= {(True, True), (True, False), (False, True)}
    assert any(line.cancelled_at is not None for line in found) or case.folder.name.startswith("odd")
    assert any(line.pieces_left and line.back for line in found) or case.folder.name.startswith("odd")


def test_each_remembered_line_names_its_order(case: Case) -> None:
    seeded = content_of(case.seeded).records
    lines = {key: value for key, value in seeded.items() if key[:1] == b"l"}

    expected = {
        state_records.line_key(line_id): order.order_id.encode()
        for order in orders_of(case.seeded).values()
        for line_id in order.lines
    }
    assert lines == expected != {}


def test_an_order_is_on_the_agendas_for_its_closes_for_its_owners_and_for_the_time_when_it_is_forgotten(
    case: Case,
) -> None:
    seeded, made = content_of(case.seeded), content_of(case.told)

    assert seeded.agendas[Agenda.CLOSE] == made.agendas[Agenda.CLOSE] != []
    orders = orders_of(case.seeded)
    remembered = [entry for entry in made.agendas[Agenda.ORDERS] if entry[1][8:] in orders]
    assert seeded.agendas[Agenda.ORDERS] == remembered != []
    assert seeded.agendas[Agenda.FORGET] == sorted((case.forget_at(order), key) for key, order in orders.items())


def test_products_customers_and_the_latest_times_are_known(case: Case) -> None:
    seeded, made = content_of(case.seeded).records, content_of(case.told).records

    products = {key: read_product(value).latest() for key, value in made.items() if key[:1] == b"p"}
    assert products == {key: read_product(value).latest() for key, value in seeded.items() if key[:1] == b"p"} != {}
    customers = {key: read_customer(value).at(case.as_of) for key, value in made.items() if key[:1] == b"c"}
    known = {key: read_customer(value) for key, value in seeded.items() if key[:1] == b"c"}
    assert customers == {key: customer.at(case.as_of) for key, customer in known.items()} != {}
    assert case.folder.name.startswith("odd") or any(customer.changes for customer in known.values())
    latest = state_records.read_latest(seeded[state_records.LATEST])
    assert latest == state_records.read_latest(made[state_records.LATEST]) != Latest()
    assert latest.of_all == case.log[-1].at
    days, others = (state_records.read_days(each[state_records.DAYS], latest) for each in (seeded, made))
    assert days == others != FactDays()


@pytest.mark.parametrize("days", [0, 0.5, 3, 40])
def test_features_at_any_later_time_are_those_of_a_state_fed_by_events(case: Case, days: float) -> None:
    orders = orders_at(case.log, case.as_of + 1 + int(days * DAY))

    found, expected = (features_of(live, orders) for live in (case.seeded, case.told))

    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-15)


def test_the_seed_describes_what_it_was_built_from(case: Case) -> None:
    recipe = case.online.contents.recipe

    assert case.about == StateAbout(
        seed=seed_file.digest(case.folder / "state"),
        recipe=recipe.as_json(),
        state_digest=case.online.contents.digest,
        id_key="a key",
        as_of=case.as_of,
        remember_days=REMEMBER_DAYS,
    )
    assert case.as_of == max([moment.at for moment in case.log] + _given_closes(case.log))


def test_records_ascend_by_key_and_each_is_there_once(case: Case) -> None:
    keys = [key for key, _ in seed_file.read_records(case.folder / "state")]

    assert keys == sorted(set(keys))
    assert list(seed_file.read_agenda(case.folder / "state")) == sorted(seed_file.read_agenda(case.folder / "state"))


def _given_closes(log: list[Moment]) -> list[int]:
    lines = (line for moment in log for placed in moment.placed for line in placed.order.lines)
    return [line.closes_at for line in lines if line.closes_at is not None]


def test_lists_of_times_are_packed_as_the_ledger_packs_them() -> None:
    entities: list[list[list[int]]] = [[[1, 5], [2]], [[], [-7, 0, 2**60]], [[], []], [[3], []]]
    lists = [pa.array([entity[place] or None for entity in entities], pa.list_(pa.int64())) for place in (0, 1)]

    assert packed_times(lists).to_pylist() == [pack_times(entity) for entity in entities]


# --- the stage ---


def _bytes(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("case", ["odd"], indirect=True)
def test_a_second_build_has_the_same_bytes(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seed_keys, "BATCH", 3)  # however the rows arrive

    again = build(_shop("odd"), tmp_path, case.online.contents.recipe, threads=2)

    assert _bytes(again) == _bytes(case.folder / "state")
    assert sorted(_bytes(again)) == ["about.json", "agenda.parquet", "records.parquet"]


def test_tables_that_lack_columns_of_the_recipe_are_refused_and_the_old_seed_stays(tmp_path: Path) -> None:
    other = recipe_of(FEW_COLUMNS | {"weather", "reason_color"})
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "about.json").write_text("the old one")

    with pytest.raises(UserError, match="weather") as caught:
        build(crowded_shop(orders=12), tmp_path, other)

    assert caught.value.found == "no column weather"
    assert _bytes(tmp_path / "state") == {"about.json": b"the old one"}


def test_row_groups_do_not_depend_on_how_the_rows_arrive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seed_file, "ROW_GROUP", 4000)
    keys = pa.array([300 * bytes([place % 256]) for place in range(10_000)])  # a row group takes more than one page
    rows = seed_file.rows_of_records(keys, keys)

    counts = [
        seed_file.write_rows(
            (rows.slice(at, step) for at in range(0, len(keys), step)), seed_file.RECORDS, tmp_path / name
        )
        for name, step in (("some", 700), ("all", len(keys)))
    ]

    assert counts == [len(keys), len(keys)]
    assert (tmp_path / "some").read_bytes() == (tmp_path / "all").read_bytes()
    assert pq.ParquetFile(tmp_path / "all").num_row_groups == 3


@pytest.mark.parametrize(
    ("content", "key"),
    [({"source": "simulated"}, None), ({"id_key": {"public_demo_key": False, "fingerprint": "ab12"}}, "ab12")],
)
def test_the_fingerprint_is_that_of_the_key_that_hashed_the_ids(
    content: object, key: str | None, tmp_path: Path
) -> None:
    (tmp_path / "source.json").write_text(json.dumps(content))

    assert seed.facts_of(tmp_path / "source.json").id_key == key


def test_the_reading_of_the_source_is_part_of_the_seed(tmp_path: Path) -> None:
    reading = {"customer_key": "email", "labels": {"payment_method": {"translations": {"Rechnung": "invoice"}}}}
    (tmp_path / "source.json").write_text(json.dumps({"source": "mapped", "reading": reading}))
    facts, shop = seed.facts_of(tmp_path / "source.json"), crowded_shop(orders=12)

    about = seed.build(
        shop.write(tmp_path / "validated"), tmp_path / "state", recipe_of(FEW_COLUMNS), facts, PARAMS,
        OnlineParams(remember_days=REMEMBER_DAYS),
    )  # fmt: skip

    assert about.reading == reading
    assert seed_file.read_about(tmp_path / "state") == about
