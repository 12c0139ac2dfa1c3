"""Tables from events: a snapshot and the events since give the tables that a bulk import of the same facts gives."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from data import attributes, tables, validate
from data.errors import UserError
from data.reading.reading import Reading
from data.schema import (
    CUSTOMER_CHANGES,
    CUSTOMERS,
    ORDER_LINES,
    PRODUCT_CHANGES,
    PRODUCTS,
    REJECTS,
    RETURNS,
    Table,
)
from data.sources.snapshot import Snapshot
from data.times import table_time, to_us
from features import seed as seed_stage
from features.exporting.export import Base, export
from features.online.features import OnlineFeatures
from features.online_state import order_record, profiles, records
from features.online_state.events import (
    CustomerChanged,
    CustomerErased,
    Event,
    LineDelivered,
    LineReturned,
    OrderCancelled,
    OrderChanged,
    OrderPlaced,
    ReturnCancelled,
    Status,
)
from features.online_state.live import LiveState
from features.online_state.order import CustomerFacts, Order, OrderLine
from features.online_state.restore import carry_over
from features.params import OnlineParams
from features.stores.memory import MemoryStore
from features.stores.store import Agenda
from tests.data.test_validate import LENIENT
from tests.features import seeds
from tests.features.crowded_shop import ATTRIBUTES, OUTCOME, PARAMS, START, Shop, crowded_shop
from tests.features.event_log import Moment, event_log
from tests.features.online_state.lives import END, life
from tests.features.online_state.test_lives import LATER, counters, kept
from tests.features.seeds import DAY, advance, build, content_of, cut, recipe_of, restored
from tests.features.states import MAX_DELAY_DAYS, state_of

pytestmark = pytest.mark.long

CUT = START + timedelta(days=20)
OF_SHOP = Snapshot({"fingerprint": "a key", "public_demo_key": False})
SHOP = crowded_shop(orders=80, lives=True, changes=True)
COLUMNS = seeds.FEW_COLUMNS | {each.column for each in ATTRIBUTES}


@dataclass(frozen=True)
class Case:
    """A state that begins with the tables in ``folder``, and the events of the shop after them."""

    live: LiveState
    folder: Path
    later: list[Moment]

    def export(self, base: Base, now: int) -> Base:
        done = export(self.live.store, base, self.folder / "snapshot", now, MAX_DELAY_DAYS, PARAMS)
        return Base(self.folder / "snapshot", done.description)


def of_events(shop: Shop) -> Shop:
    """The shop without what events can't say: what a line was exchanged for belongs to its return."""
    back = shop.lines["line_id"].isin(shop.returns["line_id"])
    lines = shop.lines.assign(
        exchanged_for_product=shop.lines["exchanged_for_product"].where(back, None),
        exchanged_for_size=shop.lines["exchanged_for_size"].where(back, None),
    )
    return shop.with_(lines=lines)


def case_of(tmp_path: Path, shop: Shop) -> Case:
    recipe = recipe_of(COLUMNS)
    state = build(of_events(cut(shop, CUT)), tmp_path, recipe)
    log = [moment for moment in event_log(of_events(shop).write(tmp_path / "bulk")) if moment.at > to_us(CUT)]
    return Case(restored(state, OnlineFeatures(recipe)), tmp_path, log)


ANY = LENIENT.model_copy(update={"accepted": ("nobody_kept", "one_customer", "far_apart_prices", "equal_twins")})
NOT_TAKEN = (Status.WAITING, Status.REFUSED)


def rows(table: Table, folder: Path, late: AbstractSet[str]) -> list[dict[str, object]]:
    """The rows of a table, without lines of which the state refused an event, as it had forgotten their order."""
    whole = attributes.extended(table, attributes.read(folder))
    found = [row for row in tables.read(whole, folder).to_pylist() if row.get("line_id") not in late]
    for row in found:
        if table is CUSTOMER_CHANGES:
            row["change_id"] = row["change_id"].removeprefix("c")
    return sorted(found, key=lambda row: str(row[table.key]))


ALL = (ORDER_LINES, RETURNS, PRODUCTS, CUSTOMERS, PRODUCT_CHANGES, CUSTOMER_CHANGES)


@pytest.mark.parametrize("days", [6, 1000], ids=["many exports while orders are forgotten", "one export"])
def test_a_snapshot_and_the_events_since_are_the_bulk_import_of_the_same_facts(tmp_path: Path, days: int) -> None:
    case = case_of(tmp_path, SHOP)
    case.live._terms = replace(case.live._terms, remember=min(days + 2, 400) * DAY)
    base, due, late = Base(tmp_path / "validated", OF_SHOP), to_us(CUT) + days * DAY, set[str]()

    for moment in case.later:
        while moment.at > due:
            base, due = case.export(base, due), due + days * DAY
        advance(case.live, moment.at)
        receipts = case.live.apply(moment.events, moment.at)
        late |= {each.event_id[2:].removeprefix("s").removeprefix("r") for each in receipts if each.status in NOT_TAKEN}
    base = case.export(base, case.later[-1].at)

    for table in ALL:
        found, wanted = (rows(table, folder, late) for folder in (base.folder, tmp_path / "bulk"))
        assert found == wanted, table.name
    assert late if days == 6 else not late


def told(live: LiveState, events: list[Event], random: Random) -> None:
    """Tell the events shuffled, some of them twice, while windows close."""
    often = [*events, *random.sample(events, len(events) // 3)]
    times = sorted(END + random.randrange(30) * DAY for _ in often)
    random.shuffle(often)
    for now, event in zip(times, often, strict=True):
        live.apply([event], now)


def counted(live: LiveState) -> dict[str, object]:
    """What counters hold of each order."""
    values = [value for key, value in content_of(live).records.items() if records.is_order(key)]
    found = [order_record.read(value) for value in values]
    return {each.order_id: each.counted for each in found if each.counted}


def merged(live: LiveState) -> set[bytes]:
    """The customers that are another one by now: nothing reads their own facts."""
    customers = {key: value for key, value in content_of(live).records.items() if key[:1] == b"c"}
    return {key for key, value in customers.items() if profiles.read_customer(value).merged is not None}


def facts_at(live: LiveState, time: int, without: AbstractSet[bytes]) -> dict[bytes, object]:
    """What is known of each product and customer."""
    found: dict[bytes, object] = {}
    for key, value in content_of(live).records.items():
        if key[:1] == b"p":
            found[key] = profiles.read_product(value).at(time)
        if key[:1] == b"c" and key not in without:
            found[key] = profiles.read_customer(value).at(time)
    return {key: each for key, each in found.items() if each not in (profiles.NO_PRODUCT, profiles.NO_CUSTOMER)}


@given(seed=st.integers(0, 1 << 32))
@settings(max_examples=2, phases=[Phase.generate])  # one takes seconds, however few lives it has
def test_a_state_that_begins_with_tables_of_random_lives_is_the_state_that_got_their_events(seed: int) -> None:
    random = Random(seed)
    events = [event for number in range(18) for event in life(random, f"life{number}-")]
    online = OnlineFeatures(recipe_of(seeds.FEW_COLUMNS | {"size", "size_system", "size_value"}))
    with TemporaryDirectory() as name:
        folder = Path(name)
        live = remembering(built(folder / "base", few_orders().write(folder / "base/validated"), online), online)
        told(live, events, random)
        base = Base(folder / "base/validated", OF_SHOP)
        done = export(live.store, base, folder / "snapshot", END + 40 * DAY, MAX_DELAY_DAYS, PARAMS)
        validate.validate(with_rejects(folder / "snapshot"), folder / "validated", folder / "report", ANY, OUTCOME)
        seeded = remembering(built(folder, folder / "validated", online), online)
        renewed = remembering(folder / "state", online)
        carry_over(live.store, renewed, END + 41 * DAY)

        for each in (live, seeded, renewed):
            advance(each, LATER)
        assert len(counted(live)) > 12
        assert_same(seeded, live, online)
        assert_same(renewed, live, online)
        base = Base(folder / "snapshot", done.description)
        old, new = tables_of(live, base, folder / "old"), tables_of(renewed, base, folder / "new")
        for table, found in new.items():
            assert found == old[table], table


def tables_of(live: LiveState, base: Base, folder: Path) -> dict[str, list[dict[str, object]]]:
    """The rows of all tables that the state would write at `LATER`; names of changes are those of their events."""
    export(live.store, base, folder, LATER, MAX_DELAY_DAYS, PARAMS)
    return {table.name: rows(table, folder, frozenset()) for table in ALL if tables.path(table, folder).exists()}


def assert_same(seeded: LiveState, live: LiveState, online: OnlineFeatures) -> None:
    assert counted(seeded) == counted(live)
    for agenda in (Agenda.CLOSE, Agenda.ORDERS):
        assert content_of(seeded).agendas[agenda] == content_of(live).agendas[agenda]
    gone = merged(live)
    assert facts_at(seeded, LATER, gone) == facts_at(live, LATER, gone)
    assert kept(seeded) == kept(live)
    one, other = counters(seeded, online), counters(live, online)
    assert one.keys() == other.keys()
    for key, values in one.items():
        assert values == pytest.approx(other[key], rel=1e-9, abs=1e-9, nan_ok=True), key


def built(folder: Path, validated: Path, online: OnlineFeatures, remember_days: int = 400) -> Path:
    """The seed of the tables, which remembers all orders."""
    params, source = OnlineParams(remember_days=remember_days), seed_stage.SourceFacts("a key")
    seed_stage.build(validated, folder / "state", online.contents.recipe, source, PARAMS, params)
    return folder / "state"


def remembering(state: Path, online: OnlineFeatures) -> LiveState:
    """A state that begins with the seed and forgets nothing of the shop."""
    return state_of(online, 400, restored(state, online).store)


def with_rejects(folder: Path) -> Path:
    """The folder as a source leaves it."""
    tables.write(REJECTS, REJECTS.arrow().empty_table(), folder)
    return folder


def few_orders() -> Shop:
    shop = crowded_shop(orders=6)
    return shop.with_(lines=shop.lines.assign(delivered_at=None), returns=shop.returns[:1])


# --- single cases ---

FEW = OnlineFeatures(recipe_of(COLUMNS))
AT = to_us(START) + 300 * DAY


def placed(order_id: str, *line_ids: str, at: int = AT) -> OrderPlaced:
    lines = tuple(OrderLine("p1", 2, 1000) for _ in line_ids)
    return OrderPlaced(f"e {order_id}", order_id, line_ids, Order("c1", at, lines))


@dataclass(frozen=True)
class Small:
    """A state that takes events after the tables of a few orders, which lie in ``base`` and stay as they are."""

    folder: Path
    base: Path
    live: LiveState

    def tell(self, *events: Event, now: int = AT + 20 * DAY) -> None:
        self.live.apply(events, now)

    def tables(self, base: Base | None = None, now: int = AT + 30 * DAY) -> Base:
        begun = Base(self.base, OF_SHOP) if base is None else base
        done = export(self.live.store, begun, self.folder / "snapshot", now, MAX_DELAY_DAYS, PARAMS)
        return Base(self.folder / "snapshot", done.description)

    def returns(self) -> list[tuple[object, ...]]:
        found = tables.read(RETURNS, self.folder / "snapshot").to_pylist()
        return [(row["return_id"], row["line_id"], row["quantity"]) for row in found if row["line_id"] in "ab"]


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tables of a few orders, and of the seed that is built of them once."""
    folder = tmp_path_factory.mktemp("few")
    built(folder, few_orders().write(folder / "validated"), FEW)
    return folder


@pytest.fixture
def small(few: Path, tmp_path: Path) -> Small:
    return Small(tmp_path, few / "validated", remembering(few / "state", FEW))


def test_one_return_of_several_lines_is_a_row_for_each_and_is_taken_back_by_its_own_id(small: Small) -> None:
    small.tell(placed("o", "a", "b"), *(LineReturned(f"r{each}", each, AT + DAY, "COLOR", 1, "R") for each in "ab"))
    base = small.tables()
    assert small.returns() == [("R", "a", 1), ("R/b", "b", 1)]
    small.tell(LineReturned("more", "b", AT + 2 * DAY, "COLOR", 1, "S"), now=AT + 31 * DAY)
    again = small.tables(base, AT + 31 * DAY)
    assert small.returns() == [("R", "a", 1), ("R/b", "b", 1), ("S", "b", 1)]

    seeded = remembering(built(small.folder / "next", again.folder, FEW), FEW)
    seeded.apply([ReturnCancelled("x", "b", "R", AT + 3 * DAY)], AT + 32 * DAY)
    export(seeded.store, again, small.folder / "snapshot", AT + 33 * DAY, MAX_DELAY_DAYS, PARAMS)

    assert small.returns() == [("R", "a", 1), ("S", "b", 1)]


def test_a_reason_read_from_a_comment_is_marked_in_the_tables_and_in_the_state_that_begins_with_them(
    small: Small,
) -> None:
    read = LineReturned("r1", "a", AT + DAY, "COLOR", reason_inferred=True)
    small.tell(placed("o", "a", "b"), read, LineReturned("r2", "b", AT + DAY, "COLOR"))

    base = small.tables()
    seeded = remembering(built(small.folder / "next", base.folder, FEW), FEW)

    marks = {row["line_id"]: row["reason_inferred"] for row in tables.read(RETURNS, base.folder).to_pylist()}
    assert (marks["a"], marks["b"]) == (True, None)
    key = records.order_key("o")
    order = order_record.read(seeded.store.read(lambda snapshot: snapshot.get([key]))[0] or b"")
    found = {line: [each.reason_inferred for each in facts.returns.values()] for line, facts in order.lines.items()}
    assert found == {"a": [True], "b": [None]}


def test_what_validation_would_refuse_with_its_row_is_left_out(small: Small) -> None:
    early = (LineDelivered("d", "a", AT - DAY), LineReturned("r1", "a", AT - DAY), LineReturned("r2", "b", AT + DAY))
    small.tell(placed("o", "a", "b"), *early, LineReturned("r3", "b", AT + 2 * DAY, quantity=1))

    small.tables()

    assert small.returns() == [("r2", "b", 2)]
    lines = {row["line_id"]: row for row in tables.read(ORDER_LINES, small.folder / "snapshot").to_pylist()}
    assert lines["a"]["delivered_at"] is None


def test_a_fact_of_the_tables_that_a_correction_makes_void_is_no_longer_in_them(small: Small) -> None:
    row = tables.read(ORDER_LINES, small.base).to_pylist()[-1]
    line_id, ordered_at = row["line_id"], to_us(row["ordered_at"])
    back = LineReturned("r", line_id, ordered_at + DAY, "COLOR", return_id="R", exchanged_for="p1", exchanged_size="m")
    small.tell(LineDelivered("d", line_id, ordered_at + DAY), back, now=ordered_at + 2 * DAY)
    base = small.tables(now=ordered_at + 3 * DAY)
    before = {each["line_id"]: each for each in tables.read(ORDER_LINES, base.folder).to_pylist()}[line_id]

    void = LineDelivered("d+", line_id, ordered_at - DAY, recorded_at=ordered_at + 4 * DAY)
    taken_back = ReturnCancelled("x", line_id, "R", ordered_at + 4 * DAY)
    small.tell(void, taken_back, now=ordered_at + 4 * DAY)
    after = small.tables(base, now=ordered_at + 5 * DAY).folder

    line = {each["line_id"]: each for each in tables.read(ORDER_LINES, after).to_pylist()}[line_id]
    facts = ("delivered_at", "exchanged_for_product", "exchanged_for_size")
    assert None not in [before[name] for name in facts]
    assert [line[name] for name in facts] == [None, None, None]


def lines_of(folder: Path) -> dict[str, dict[str, object]]:
    return {row["line_id"]: row for row in tables.read(ORDER_LINES, folder).to_pylist()}


CANCELLED = OrderCancelled("x", "o", AT + DAY, ("a",))


def test_a_cancelled_line_stays_so_in_the_tables_and_in_the_state_that_begins_with_them(small: Small) -> None:
    small.tell(placed("o", "a", "b"), CANCELLED, OrderCancelled("y", "o", AT + 80 * DAY))
    base = small.tables(now=AT + 81 * DAY)
    seeded = replace(small, live=remembering(built(small.folder / "next", base.folder, FEW), FEW))

    seeded.tell(OrderCancelled("z", "o", AT + 2 * DAY), now=AT + 82 * DAY)
    again = lines_of(seeded.tables(base, AT + 83 * DAY).folder)

    assert [again[name]["cancelled_at"] for name in "ab"] == [table_time(AT + n * DAY) for n in (1, 2)]


@pytest.mark.parametrize("corrected", ["before the state is renewed", "after it"])
@pytest.mark.parametrize(
    ("correction", "holds"),
    [
        (replace(CANCELLED, line_ids=(), recorded_at=AT + 31 * DAY), None),
        (replace(CANCELLED, cancelled_at=AT + 3 * DAY, recorded_at=AT + 31 * DAY), AT + 3 * DAY),
    ],
)
def test_the_correction_of_a_cancellation_holds_over_the_tables_that_state_it(
    small: Small, correction: OrderCancelled, holds: int | None, corrected: str
) -> None:
    small.tell(placed("o", "a", "b"), CANCELLED)
    base = small.tables()
    if corrected.startswith("before"):
        small.tell(correction, now=AT + 31 * DAY)
    renewed = replace(small, live=remembering(built(small.folder / "next", base.folder, FEW), FEW))
    carry_over(small.live.store, renewed.live, AT + 32 * DAY)
    renewed.tell(correction, now=AT + 33 * DAY)

    after = lines_of(renewed.tables(base, AT + 34 * DAY).folder)

    assert after["a"]["cancelled_at"] == (None if holds is None else table_time(holds))
    assert after["b"]["cancelled_at"] is None


def test_a_fact_ahead_of_the_clock_is_in_the_tables_that_are_written_after_its_time(small: Small) -> None:
    hour = DAY // 24
    ahead = (LineReturned("r", "a", AT + DAY), LineDelivered("d", "b", AT + DAY), placed("p", "c", at=AT + DAY))
    small.tell(placed("o", "a", "b"), *ahead, now=AT + hour)
    base = small.tables(now=AT + 2 * hour)
    before = lines_of(base.folder), small.returns()

    advance(small.live, AT + DAY + hour)
    after = lines_of(small.tables(base, AT + DAY + hour).folder), small.returns()

    assert "c" not in before[0]
    assert (before[0]["b"]["delivered_at"], before[1]) == (None, [])
    assert "c" in after[0]
    assert (after[0]["b"]["delivered_at"], after[1]) == (table_time(AT + DAY), [("r", "a", 2)])


def test_an_event_ahead_of_the_clock_is_in_the_tables_that_are_written_after_its_time(small: Small) -> None:
    hour = DAY // 24
    order = placed("o", "a", "b")
    changed = OrderChanged("x", "o", AT + DAY, ("a",), replace(order.order, lines=order.order.lines[:1]))
    facts = CustomerChanged("y", "c1", AT + DAY, CustomerFacts(birth_year=1980))
    small.tell(order, changed, facts, now=AT + hour)
    base = small.tables(now=AT + 2 * hour)
    before = lines_of(base.folder), (base.folder / "customer_changes.parquet").exists()

    advance(small.live, AT + DAY + hour)
    folder = small.tables(base, AT + DAY + hour).folder

    assert ("b" in before[0], before[1]) == (True, False)
    assert ("b" in lines_of(folder), (folder / "customer_changes.parquet").exists()) == (False, True)


def test_an_erased_customer_is_in_no_row_of_the_tables_whoever_stated_it(small: Small) -> None:
    small.tell(CustomerChanged("cc", "c1", AT, CustomerFacts(birth_year=1980)), placed("o", "a"))
    base = small.tables()
    small.tell(CustomerErased("x", "c1", AT + DAY), now=AT + 31 * DAY)

    small.tables(base, AT + 31 * DAY)

    lines = tables.read(ORDER_LINES, small.folder / "snapshot")
    assert "c1" not in lines["customer_id"].to_pylist()
    assert lines.num_rows == tables.count(ORDER_LINES, small.base) + 1
    (customer,) = [row for row in tables.read(CUSTOMERS, small.folder / "snapshot").to_pylist() if row["erased_at"]]
    assert {name: value for name, value in customer.items() if value is not None}.keys() == {"customer_id", "erased_at"}
    assert not (small.folder / "snapshot/customer_changes.parquet").exists()


def test_rows_that_no_event_changed_keep_every_byte(small: Small) -> None:
    small.tables()
    first = {file.name: file.read_bytes() for file in (small.folder / "snapshot").glob("*.parquet")}

    small.tables(Base(small.folder / "snapshot", OF_SHOP))

    assert first == {file.name: file.read_bytes() for file in (small.folder / "snapshot").glob("*.parquet")}
    for table in (ORDER_LINES, RETURNS, PRODUCTS, CUSTOMERS):
        whole = attributes.extended(table, ATTRIBUTES)
        assert tables.read(whole, small.folder / "snapshot") == tables.read(whole, small.base)


@pytest.mark.parametrize(
    ("base", "part"),
    [
        (replace(OF_SHOP, known_until=AT - 400 * DAY), "the state has forgotten which came before"),
        (replace(OF_SHOP, id_key={"fingerprint": "another"}), "the key another"),
        (replace(OF_SHOP, reading=Reading(guests=("nobody",))), "another reading of labels"),
    ],
)
def test_tables_that_do_not_go_with_the_state_are_refused(small: Small, base: Snapshot, part: str) -> None:
    with pytest.raises(UserError, match=part):
        small.tables(Base(small.base, base))

    assert not (small.folder / "snapshot").exists()


def test_without_a_state_there_is_nothing_to_export(small: Small) -> None:
    with pytest.raises(UserError, match="make serve"):
        export(MemoryStore(), Base(small.folder, OF_SHOP), small.folder / "snapshot", AT, MAX_DELAY_DAYS, PARAMS)
