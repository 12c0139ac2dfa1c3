from itertools import groupby
from operator import attrgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.language.sizes import LETTERS, ONE_SIZE, Size, nearby, read_size, steps


@pytest.mark.parametrize(
    ("label", "size"),
    [
        ("xl", Size("letter", 3.0)),
        ("3xl", Size("letter", 5.0)),
        ("2xs", Size("letter", -2.0)),
        ("7", Size("small number", 7.0)),
        ("7+", Size("small number", 7.5)),
        ("7,5", Size("small number", 7.5)),
        ("15", Size("small number", 15.0)),
        ("16", Size("inch", 16.0)),
        ("35", Size("inch", 35.0)),
        ("36", Size("european", 36.0)),
        ("39½", Size("european", 39.5)),
        ("60.5", Size("european", 60.5)),
        ("61", Size("centimetre", 61.0)),
        ("176", Size("centimetre", 176.0)),
        ("32/34", Size("waist", 32.0)),
        ("3234", Size("waist", 32.0)),
        ("unsized", Size("one", None)),
        ("queen", Size("other", None)),
        ("9xl", Size("other", None)),
        ("", Size("other", None)),
    ],
)
def test_a_label_is_read_as_a_system_and_a_place_on_its_scale(label: str, size: Size) -> None:
    assert read_size(label) == size


def test_letters_stand_in_the_order_of_their_sizes() -> None:
    places = [read_size(label).value for label in ("xxxs", "xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl", "xxxxl")]

    assert places == list(range(-3, 7))


@pytest.mark.parametrize("repeated", ["xxs", "xxxs", "xxl", "xxxl", "xxxxl"])
def test_counted_letters_are_the_same_size_as_repeated_ones(repeated: str) -> None:
    counted = f"{repeated.count('x')}x{repeated[-1]}"

    assert read_size(counted) == read_size(repeated) == Size("letter", LETTERS[repeated])


@given(st.text(max_size=8))
def test_any_label_is_read_and_only_numbers_and_letters_have_a_place(label: str) -> None:
    size = read_size(label)

    assert (size.value is None) == (size.system in ("one", "other"))
    assert (size.system == "one") == (label.strip().lower() in ONE_SIZE)


@pytest.mark.parametrize("half", ["", "+", ".5"])
def test_numbers_stand_in_their_order_in_four_systems_that_follow_each_other(half: str) -> None:
    sizes = [read_size(f"{number}{half}") for number in range(1000)]

    assert [size.value for size in sizes] == [number + 0.5 * bool(half) for number in range(1000)]
    systems = [(system, len(list(same))) for system, same in groupby(sizes, key=attrgetter("system"))]
    assert systems == [("small number", 16), ("inch", 20), ("european", 25), ("centimetre", 939)]


@pytest.mark.parametrize(
    ("label", "other", "apart"),
    [
        ("m", "xl", 2),
        ("2xl", "xxl", 0),
        ("40", "39+", -0.5),
        ("15", "16", 1),  # numbers on both sides of a bound are neighbours
        ("62", "56", -6),
        ("8", "40", None),  # of two systems
        ("3", "m", None),
        ("m", "40", None),
        ("32/34", "33/34", 1),
        ("32/34", "33/32", None),  # another length as well
        ("32/34", "32", None),
        ("queen", "king", None),
        ("unsized", "m", None),
    ],
)
def test_two_labels_are_so_many_steps_apart_where_they_have_an_order(
    label: str, other: str, apart: float | None
) -> None:
    back = None if apart is None else -apart

    assert (steps(label, other), steps(other, label)) == (apart, back)


@pytest.mark.parametrize(
    ("label", "near"),
    [
        ("m", {"xs", "s", "l", "xl"}),
        ("xl", {"m", "l", "xxl", "2xl", "xxxl", "3xl"}),
        ("xxxl", {"xl", "xxl", "2xl", "xxxxl", "4xl"}),
        ("39+", {"37+", "38", "38+", "39", "40", "40+", "41", "41+"}),
        ("39½", {"37½", "38", "38½", "39", "40", "40½", "41", "41½"}),
        ("62", {"56", "57", "58", "59", "60", "61", "63", "64", "65", "66", "67", "68"}),
        ("32/34", {"30/34", "31/34", "33/34", "34/34"}),
        ("3234", {"3034", "3134", "3334", "3434"}),
        ("queen", set()),
        ("unsized", set()),
        ("", set()),
    ],
)
def test_the_sizes_near_a_label_are_written_as_its_shop_may_write_them(label: str, near: set[str]) -> None:
    assert set(nearby(label)) == near


def test_a_whole_number_leaves_open_how_its_shop_writes_halves_and_small_numbers() -> None:
    assert {"39.5", "39+", "39,5", "39½", "39 1/2", "38", "39", "41", "42"} < set(nearby("40"))
    assert {"8", "08", "9", "09", "11", "12"} < set(nearby("10"))
    assert not {"10", "13", "7"} & set(nearby("10"))


@given(st.one_of(st.text(max_size=6), st.from_regex(r"[0-9]{1,4}(\+|½)?", fullmatch=True), st.sampled_from([*LETTERS])))
def test_what_is_near_lies_within_reach_on_the_same_scale_and_is_no_other_way_to_write_the_size(label: str) -> None:
    near = nearby(label)

    assert len(set(near)) == len(near)
    for other in near:
        apart = steps(label, other)
        assert apart is not None
        assert 0 < abs(apart) <= 6
