from hypothesis import given
from hypothesis import strategies as st

from features.language.nodes import Counter, Key, LineColumn, LineEvent
from features.online_state.counters.addresses import Addresses
from features.online_state.counters.layout import Layout

NAMES = ("city", "street", "floor")
VALUES = (
    st.none()
    | st.integers(-5, 2**53)
    | st.text(max_size=5)
    | st.sampled_from(["a\0b", "a\x1eb", "%s", "é" * 300, "\ud800"])
)
LINES = st.fixed_dictionaries(dict.fromkeys(NAMES, VALUES))


def layout(name: str, *columns: str) -> Layout:
    key = Key(name, tuple(map(LineColumn, columns)))
    return Layout(key, (Counter(key, LineEvent.ORDERED),))


LAYOUTS = [layout("shop"), layout("100%", "city"), layout("home", "city", "street"), layout("flat", *NAMES)]


@given(LINES)
def test_the_keys_of_a_line_are_those_that_each_layout_gives(line: dict[str, str | int | None]) -> None:
    assert Addresses(LAYOUTS).of(line) == [each.address(line) for each in LAYOUTS]


def test_a_shop_with_counters_of_its_own_alone_has_one_key() -> None:
    assert Addresses(LAYOUTS[:1]).of({}) == [b"kshop"]
    assert Addresses([]).of({}) == []
