"""Where the columns that a mapping names stand: in the input, or in one that it joins."""

from pathlib import Path
from typing import Any

import pytest

from data.errors import UserError
from data.sources.mapped.mapping.mapping import Mapping
from data.sources.mapped.names import Origin, origins
from tests.data.sources.mapped.files_of_a_shop import MAPPING


def mapping(tmp_path: Path, headers: dict[str, str], joins: dict[str, dict[str, str]], **columns: str) -> Mapping:
    files: dict[str, Any] = {"returns": {"path": "returns.csv"}}
    (tmp_path / "returns.csv").write_text("id,line,time,pieces,why\n")
    for name, header in headers.items():
        (tmp_path / f"{name}.csv").write_text(header + "\n")
        files[name] = {"path": f"{name}.csv", "join": joins.get(name, {})}
    lines = {**MAPPING["order_lines"]["columns"], **columns}
    return Mapping.model_validate({**MAPPING, "files": files, "order_lines": {"file": "lines", "columns": lines}})


LINES = "line,order,product,pieces,price,name"


def test_a_column_that_only_a_joined_file_has_is_read_there(tmp_path: Path) -> None:
    own = mapping(tmp_path, {"lines": LINES, "orders": "order,customer,time,name"}, {"lines": {"orders": "order"}})
    found = origins(own, tmp_path)
    assert list(found)[-1] == "lines" or list(found).index("orders") < list(found).index("lines")
    assert found["lines"]["time"] == Origin("time", "orders")
    assert found["lines"]["price"] == Origin("price")
    assert set(found["orders"]) == {"order", "customer", "time"}


def test_a_column_of_both_is_the_own_one_unless_the_other_is_named(tmp_path: Path) -> None:
    headers = {"lines": LINES, "orders": "order,customer,time,name"}
    own = mapping(tmp_path, headers, {"lines": {"orders": "order"}}, channel="name", region="orders.name")
    found = origins(own, tmp_path)["lines"]
    assert (found["name"], found["orders.name"]) == (Origin("name"), Origin("name", "orders"))


def test_a_column_of_two_joined_files_must_be_named(tmp_path: Path) -> None:
    headers = {"lines": LINES, "orders": "order,customer,time", "more": "order,time"}
    own = mapping(tmp_path, headers, {"lines": {"orders": "order", "more": "order"}})
    with pytest.raises(UserError) as caught:
        origins(own, tmp_path)
    assert caught.value.fix == "name the one that is meant: orders.time"


def test_files_that_join_in_a_circle_are_refused(tmp_path: Path) -> None:
    headers = {"lines": LINES, "orders": "order,customer,time"}
    own = mapping(tmp_path, headers, {"lines": {"orders": "order"}, "orders": {"lines": "order"}})
    with pytest.raises(UserError, match="without a circle"):
        origins(own, tmp_path)


def test_a_key_of_a_join_that_the_own_file_lacks_is_refused_though_the_other_file_has_it(tmp_path: Path) -> None:
    headers = {"lines": LINES.replace("order,", "order_no,"), "orders": "order,customer,time"}
    own = mapping(tmp_path, headers, {"lines": {"orders": "order"}}, order_id="order_no")
    with pytest.raises(UserError, match="the key 'order'") as caught:
        origins(own, tmp_path)
    assert "did you mean 'order_no'?" in caught.value.fix
    assert "{from: COLUMN OF lines, to: order}" in caught.value.fix
