from pathlib import Path
from typing import Any

import pytest
import yaml

from data.errors import UserError
from data.params import load
from data.sources.simulated import SimulatorParams, write
from tests.data.sources.simulated.example import PARAMS, params


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("lines", 999),
        ("days", 10),
        ("seed", -1),
        ("guest_share", 0.9),
        ("return_level", 0.0),
        ("return_window_days", 0),
        ("electronics_share", 1.5),
        ("lines_per_customer", 1.0),
        ("product_spread", -0.1),
        ("end", "1 July"),
        ("end", "1890-01-01"),
    ],
)
def test_a_value_out_of_its_range_is_refused_with_its_key_and_value(tmp_path: Path, key: str, value: Any) -> None:
    file = tmp_path / "params.yaml"
    file.write_text(yaml.safe_dump({"simulator": {**PARAMS, key: value}}))

    with pytest.raises(UserError) as error:
        load("simulator", SimulatorParams, file)

    assert f"simulator.{key} = {value!r}" in error.value.found


def test_a_misspelt_key_is_refused_with_the_right_one(tmp_path: Path) -> None:
    file = tmp_path / "params.yaml"
    file.write_text(yaml.safe_dump({"simulator": {**PARAMS, "line": 1_000}}))

    with pytest.raises(UserError) as error:
        load("simulator", SimulatorParams, file)

    assert "did you mean 'lines'" in error.value.fix


@pytest.mark.parametrize(
    "changes",
    [
        {"days": 60},
        {"days": 3_650},
        {"lines_per_product": 100_000.0, "lines_per_customer": 1_000.0},
        {"lines_per_product": 5.0, "lines_per_customer": 4.0},
        {"existing_customer_share": 0.0},
        {"existing_customer_share": 0.95},
        {"electronics_share": 0.0, "guest_share": 0.0},
        {"electronics_share": 1.0, "fault_share": 0.5},
        {"bracket_share": 0.5, "serial_bracketer_share": 0.5},
        {"customer_spread": 0.0, "product_spread": 0.0, "drift": 0.0, "fault_share": 0.0},
        {"customer_spread": 2.0, "product_spread": 2.0, "return_level": 5.0},
        {"undelivered_share": 0.0, "late_share": 0.0, "reason_missing_share": 1.0},
        {"return_window_days": 1},
        {"return_window_days": 100, "end": "2000-01-01"},
    ],
    ids=str,
)
def test_the_ends_of_the_ranges_make_shops_too(tmp_path: Path, changes: dict[str, Any]) -> None:
    write(params(lines=1_000, **changes), tmp_path, tmp_path)

    assert (tmp_path / "order_lines.parquet").is_file()
