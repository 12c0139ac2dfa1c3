"""Returns without an id in equal rows: counted, and named where they are many."""

import json

import pytest

from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop

HEADER = "line,time,pieces\n"


@pytest.mark.parametrize(("rows", "count"), [(["l1", "l2", "l1", "l2"], 2), (["l1", "l1", "l2", "l3"], 1)])
def test_many_equal_returns_are_counted_with_a_notice(shop: FilesOfAShop, rows: list[str], count: int) -> None:
    report, notices = reported(shop, rows)
    assert report["returns"]["equal_rows"] == count
    assert f"{count} of 4 returns are equal to an earlier row" in notices


def test_few_equal_returns_are_counted_alone(shop: FilesOfAShop) -> None:
    report, notices = reported(shop, ["l1", "l1", "l2", "l3", "l4", "l5"])
    assert report["returns"]["equal_rows"] == 1
    assert "equal to an earlier row" not in notices


def reported(shop: FilesOfAShop, lines: list[str]) -> tuple[dict[str, dict[str, float]], str]:
    shop.write("returns.csv", HEADER + "".join(f"{line},2024-03-09,1\n" for line in lines))
    shop.mapping["returns"] = {
        "file": "returns",
        "columns": {
            "return_id": {"generated": "by_position"}, "line_id": "line", "returned_at": "time", "quantity": "pieces"
        },
    }  # fmt: skip
    shop.read()
    report = json.loads((shop.raw / "source.json").read_text(encoding="utf-8"))
    return report["decisions"], " ".join(report.get("notices", []))
