import pytest
import yaml

from data import yaml_text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: 1\nb: {c: 1, d: 2, c: 3}", "'c' stands twice"),
        ("a: [{b: 1, b: 1}]", "'b' stands twice"),
        ("a: 2024-13-45", "month must be in 1..12"),
        ("[" * 5000, "nested too deeply"),
        ("a: [", "shop.yaml"),
        ("\x00", "shop.yaml"),
        ("? [1]\n: 2", "unhashable"),
        ("a: !!python/object:os.system x", "could not determine a constructor"),
    ],
)
def test_what_is_refused_is_one_kind_of_error_that_names_the_file(text: str, found: str) -> None:
    for as_text in (False, True):
        if as_text and found in ("month must be in 1..12", "could not determine a constructor"):
            continue  # a text may be anything
        with pytest.raises(yaml.YAMLError, match=found) as refused:
            yaml_text.parse(text, "shop.yaml", as_text=as_text)
        assert "shop.yaml" in str(refused.value)


def test_a_mapping_may_take_over_the_keys_of_another_and_set_some_anew() -> None:
    assert yaml_text.parse("a: &a {b: 1, c: 2}\nd: {<<: *a, b: 3}", "x")["d"] == {"b": 3, "c": 2}


def test_scalars_are_typed_or_all_text() -> None:
    text = "a: 007\nb: no\nc: [1990-12-31]"

    assert yaml_text.parse(text, "x", as_text=True) == {"a": "007", "b": "no", "c": ["1990-12-31"]}
    assert yaml_text.parse(text, "x")["b"] is False
