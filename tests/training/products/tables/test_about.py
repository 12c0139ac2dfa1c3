import json
from datetime import datetime
from pathlib import Path

import pytest

from data.errors import UserError
from training.products.tables.about import About

ABOUT = About(
    as_of=datetime(2024, 6, 30, 12),
    shop="simulated",
    currency="EUR",
    periods_days=(30, 90, 365),
    history_from=datetime(2022, 1, 1),
    upcoming_days=28,
    fault_ratio=1.5,
    min_probability=0.9,
    false_discovery_rate=0.1,
    spike_weeks=12,
    lines=200_000,
    products=2000,
    return_fixed_minor=300,
    return_value_share=0.1,
    margin_share=0.4,
    has_reasons=True,
    has_list_prices=False,
    report_id="0123456789abcdef",
)


def test_what_is_written_is_read(tmp_path: Path):
    ABOUT.write(tmp_path)

    assert About.read(tmp_path) == ABOUT


def test_times_are_plain_utc(tmp_path: Path):
    ABOUT.write(tmp_path)

    assert json.loads((tmp_path / "about.json").read_text())["as_of"] == "2024-06-30T12:00:00"


def test_the_same_report_has_the_same_bytes(tmp_path: Path):
    ABOUT.write(tmp_path)
    first = (tmp_path / "about.json").read_bytes()
    ABOUT.write(tmp_path)

    assert (tmp_path / "about.json").read_bytes() == first


def test_without_a_report_the_error_says_how_to_make_one(tmp_path: Path):
    with pytest.raises(UserError, match="dvc repro products"):
        About.read(tmp_path)


@pytest.mark.parametrize("text", ["{}", "not JSON", '{"shop": 1}'])
def test_a_report_of_another_version_is_refused(tmp_path: Path, text: str):
    (tmp_path / "about.json").write_text(text)

    with pytest.raises(UserError, match="as this version writes it"):
        About.read(tmp_path)


def test_an_unknown_entry_is_refused_and_named(tmp_path: Path):
    content = ABOUT.model_dump(mode="json") | {"colour": "blue"}
    (tmp_path / "about.json").write_text(json.dumps(content))

    with pytest.raises(UserError, match="colour"):
        About.read(tmp_path)
