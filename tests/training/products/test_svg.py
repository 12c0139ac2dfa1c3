import re
from pathlib import Path

import pytest

from tests.workspace import TOP
from training.products import svg


@pytest.mark.parametrize(("share", "place"), [(0.0, 10.0), (0.25, 60.0), (0.5, 110.0), (0.9, 110.0), (-0.1, 10.0)])
def test_a_share_lies_on_its_scale_and_stops_at_the_ends(share: float, place: float) -> None:
    assert svg.along(share, 0.5, 10.0, 110.0) == pytest.approx(place)


def test_a_scale_may_run_up_the_page_and_one_without_length_has_all_at_its_start() -> None:
    assert svg.along(0.25, 1.0, 148.0, 10.0) == pytest.approx(113.5)
    assert svg.along(0.3, 0.0, 4.0, 156.0) == 4.0


def test_shapes_are_written_with_whole_numbers_as_they_are_and_others_with_one_decimal() -> None:
    assert svg.line("axis", (2, 118.25), (8, 8)) == '<line class="axis" x1="2" x2="118.2" y1="8" y2="8"/>'
    assert svg.dot("rate", (60.0, 8), 3.5) == '<circle class="rate" cx="60.0" cy="8" r="3.5"/>'
    assert svg.box("up", (60.0, 2), 5.55, 12) == '<rect class="up" x="60.0" y="2" width="5.5" height="12"/>'
    assert svg.path("line", [(1, 2.0), (3, 4.25)]) == '<polyline class="line" points="1,2.0 3,4.2"/>'
    assert svg.area("band", [(1, 2), (3, 4)]) == '<polygon class="band" points="1,2 3,4"/>'


def test_texts_and_words_are_escaped() -> None:
    text = svg.label("<b>", (1, 2), to_the_left=True)
    drawn = svg.drawing("rate", (10, 5), [text], "Tom's <rate>")

    assert text == '<text x="1" y="2" text-anchor="end">&lt;b&gt;</text>'
    assert drawn == (
        f'<svg class="rate" viewBox="0 0 10 5" role="img" aria-label=\'Tom&#39;s &lt;rate&gt;\'>{text}</svg>'
    )


def test_a_drawing_without_words_is_hidden_from_those_who_listen() -> None:
    assert svg.drawing("bar", (10, 5), [], None) == (
        '<svg class="bar" viewBox="0 0 10 5" width="10" height="5" aria-hidden="true"></svg>'
    )


def test_no_other_module_writes_shapes_by_hand() -> None:
    shapes = re.compile(r"<(svg|line|circle|rect|polyline|polygon) ")
    kit = Path(svg.__file__)
    modules = [path for folder in ("training", "serving") for path in (TOP / folder).rglob("*.py") if path != kit]

    assert shapes.search(kit.read_text(encoding="utf-8"))
    assert [path.name for path in modules if shapes.search(path.read_text(encoding="utf-8"))] == []
