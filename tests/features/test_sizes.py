import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.sizes import LETTERS, ONE_SIZE, Size, read_size


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


@given(st.sampled_from(["x", "xx", "xxx", "xxxx"]), st.sampled_from(["s", "l"]))
def test_counted_letters_are_the_same_size_as_repeated_ones(many: str, end: str) -> None:
    if many + end in LETTERS and len(many) > 1:
        assert read_size(f"{len(many)}x{end}") == read_size(many + end)


@given(st.text(max_size=8))
def test_any_label_is_read_and_only_numbers_and_letters_have_a_place(label: str) -> None:
    size = read_size(label)

    assert (size.value is None) == (size.system in ("one", "other"))
    assert (size.system == "one") == (label.strip().lower() in ONE_SIZE)


@given(st.integers(0, 998), st.sampled_from(["", "+", ".5"]))
def test_a_greater_number_never_stands_before_a_smaller_one_of_its_system(number: int, half: str) -> None:
    smaller, greater = read_size(f"{number}{half}"), read_size(f"{number + 1}{half}")

    if smaller.system == greater.system:
        assert smaller.value is not None
        assert greater.value == smaller.value + 1
