import math

from features.language.nodes import Counter, Feature, Key, LineColumn, LineEvent, Total
from features.online_state.counters.layout import LONGEST_ADDRESS, Layout, layouts

CITY, STREET = LineColumn("city"), LineColumn("street")
HOME = Key("home", (CITY, STREET))
LINES = Counter(HOME, LineEvent.ORDERED)
LAST = Counter(HOME, LineEvent.RETURNED, total=Total.LATEST)


def feature(*reads: Counter) -> Feature:
    return Feature("f", "factor", "unit", "meaning", "missing", reads, lambda *values: values[0])


def test_different_entities_have_different_addresses_whatever_their_names_hold() -> None:
    layout = Layout(HOME, (LINES,))
    names = ["", "a", "a\0b", "\0", "b", "0", "#", "é" * 300, "é" * 301, "x" * 500, "x" * 501]
    entities = [{"city": one, "street": other} for one in names for other in names]

    addresses = {layout.address(entity) for entity in entities}

    assert len(addresses) == len(entities)
    assert all(address and len(address) <= LONGEST_ADDRESS for address in addresses)


def test_an_entity_whose_name_is_missing_in_part_has_no_address() -> None:
    assert Layout(HOME, (LINES,)).address({"city": "a", "street": None}) is None


def test_a_daily_key_sees_an_event_at_the_start_of_its_day() -> None:
    noon = 19_000 * 86_400_000_000 + 43_200_000_000

    assert Layout(Key("k", (), daily=True), ()).visible(noon) == 19_000 * 86_400_000_000
    assert Layout(Key("k", ()), ()).visible(noon) == noon


def test_an_entity_without_events_reads_zero_for_sums_and_missing_for_times() -> None:
    layout = Layout(HOME, (LINES, LAST))

    moment, *numbers = layout.packing.unpack(layout.empty)

    assert (moment, numbers[0], numbers[2]) == (0, 0, 0)
    assert math.isnan(numbers[1])
    assert math.isnan(numbers[3])


def test_layouts_hold_each_counter_once_sorted_by_name() -> None:
    found = layouts([feature(LINES, LAST), feature(LAST)])

    assert [(layout.key, layout.counters) for layout in found] == [(HOME, (LINES, LAST))]
