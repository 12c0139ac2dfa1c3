import re
from html import unescape

import pandas as pd
import pytest

from tests.training.understanding.scored_frame import scored_frame
from training.evaluation.slices import PriceBands
from training.understanding.measures.calibration import calibration
from training.understanding.measures.error_slices import error_slices
from training.understanding.page.report import page
from training.understanding.params import SliceParams

SLICES = SliceParams(least_lines=200, most_labels=5, depth=1, false_discovery_rate=0.1)
CURVE = pd.DataFrame(
    {
        "kind": ["lines", "lines", "months"],
        "size": [2000, 4000, 6],
        "draw": 1,
        "train_lines": [1990, 3990, 3000],
        "log_loss": [0.61, 0.6, 0.605],
        "roc_auc": [0.65, 0.66, 0.655],
        "difference": [0.01, 0.0, 0.005],
        "low": [0.002, 0.0, -0.001],
        "high": [0.02, 0.0, 0.01],
    }
)
ABLATION = pd.DataFrame(
    {
        "kind": ["seed", "factor", "factor", "column"],
        "name": ["another seed (1)", "<size>", "basket", "brand"],
        "features": [0, 10, 11, 7],
        "log_loss": 0.6,
        "roc_auc": 0.66,
        "difference": [-0.003, 0.002, 0.02, 0.001],
        "low": [-0.004, 0.001, 0.015, -0.001],
        "high": [0.0, 0.003, 0.025, 0.003],
    }
)
EFFECTS = pd.DataFrame(
    {
        "feature": "price_minor",
        "factor": "price",
        "mean_contribution": 0.2,
        "missing_share": 0.1,
        "value": [1.0, 2.0, 3.0],
        "effect": [-0.1, 0.0, 0.2],
        "low": [-0.2, -0.1, 0.1],
        "high": [0.0, 0.1, 0.3],
        "lines": [0, 50, 50],
    }
)


@pytest.fixture(scope="module")
def html() -> str:
    lines = scored_frame(3000, brand_gap=0.15)
    return made(calibration(lines, SLICES, PriceBands(2, "EUR")), error_slices(lines, ["price_minor"], SLICES, 1))


def made(found: pd.DataFrame, errors: pd.DataFrame) -> str:
    return page(curve=CURVE, ablation=ABLATION, effects=EFFECTS, calibration=found, errors=errors, rate=0.1)


def cells(html: str, first: str) -> list[str]:
    """The cells of the row whose head is ``first``."""
    row = re.search(rf'<tr><th scope="row">{re.escape(first)}(?:<small>.*?</small>)?</th>(.*?)</tr>', html)
    assert row, first
    return re.findall(r"<td>(.*?)</td>", row.group(1))


def test_a_rise_is_worth_something_beyond_its_interval_and_beyond_the_seeds(html: str) -> None:
    assert cells(html, "basket")[-1] == "yes"
    assert cells(html, "&lt;size&gt;")[-1] == "no"  # above zero, and less than another seed
    assert cells(html, "brand")[-1] == "no"


def test_the_finds_are_named_with_their_figures(html: str) -> None:
    assert cells(html, "brand: Bolt")[0].replace(",", "").isdigit()
    assert re.search(r"Of \d+ slices, \d+ (is|are) out of calibration", html)
    assert "About 10% of such finds are expected to be false" in html


def test_the_page_loads_nothing_and_every_section_of_its_menu_is_there(html: str) -> None:
    assert not re.findall(r'(?:src|srcset|href)="(?!data:|#)[^"]*"', html)
    for section in re.findall(r'href="#([a-z]+)"', html):
        assert f'id="{section}"' in html
    assert html.count("<table>") == html.count("</table>")


def test_rules_are_shown_so_that_they_can_be_copied(html: str) -> None:
    rules = [unescape(rule) for rule in re.findall(r'<td class="words"><code>(.*?)</code>', html)]

    assert len(rules) == 4
    assert all(0 < len(scored_frame(3000).query(rule)) < 3000 for rule in rules)


def test_without_effects_rules_or_weeks_the_page_is_whole() -> None:
    lines = scored_frame(300)
    few = calibration(
        lines, SliceParams(least_lines=290, most_labels=5, depth=1, false_discovery_rate=0.1), PriceBands(2, "EUR")
    )
    none = error_slices(lines, ["price_minor"], SLICES, 1)

    html = page(curve=CURVE, ablation=ABLATION, effects=EFFECTS[:0], calibration=few, errors=none, rate=0.1)

    assert html.count("The tree found no split") == 2
    assert "nan" not in html.lower()
