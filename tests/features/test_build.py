"""The stage as a whole: the same bytes each time, the documented types, and no partial output."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.errors import UserError
from features import catalog
from features.build import build
from features.offline import matrix as feature_matrix
from features.offline.lines import prepare
from tests.features.built import built
from tests.features.crowded_shop import OUTCOME, PARAMS, crowded_shop

ABOUT = {
    "line_id": pa.string(),
    "order_id": pa.string(),
    "customer_id": pa.string(),
    "product_id": pa.string(),
    "ordered_at": pa.timestamp("us"),
    "closes_at": pa.timestamp("us"),
    "settled_at": pa.timestamp("us"),
    "label": pa.int8(),
    "reason": pa.string(),
    "category": pa.string(),
}


@pytest.fixture(scope="module")
def validated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory, orders=40) / "validated"


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory, orders=40) / "matrix"


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_second_build_has_the_same_bytes(validated: Path, matrix: Path, tmp_path: Path) -> None:
    build(validated, tmp_path / "matrix", PARAMS.model_copy(update={"threads": 2}), OUTCOME)

    assert _bytes(tmp_path / "matrix") == _bytes(matrix)


@pytest.mark.long
def test_ibis_gives_the_same_matrix(tmp_path: Path) -> None:
    validated = crowded_shop(lives=True, changes=True).write(tmp_path / "validated")
    learning = PARAMS.posteriors.model_copy(update={"learn": True})

    for engine in ("local", "ibis"):
        params = PARAMS.model_copy(update={"engine": engine, "posteriors": learning})
        build(validated, tmp_path / engine, params, OUTCOME, {"payment_method": {"card"}, "color": {"red"}})

    names = [path.name for path in (tmp_path / "local").iterdir()]
    assert sorted(path.name for path in (tmp_path / "ibis").iterdir()) == sorted(names)
    for name in names:
        if name.endswith(".parquet"):
            local, ibis = (pd.read_parquet(tmp_path / engine / name) for engine in ("local", "ibis"))
            pd.testing.assert_frame_equal(local, ibis, rtol=1e-9, atol=1e-12)


def test_a_build_leaves_the_matrix_and_its_catalog_and_nothing_else(matrix: Path) -> None:
    assert sorted(path.name for path in matrix.iterdir()) == [
        "asked.parquet",
        "cases.parquet",
        "catalog.json",
        "lines.parquet",
        "recipe.json",
        "unsent.parquet",
    ]


def test_the_matrix_matches_its_catalog(matrix: Path) -> None:
    schema = pq.read_schema(matrix / "lines.parquet")
    entries = catalog.read(matrix / "catalog.json")

    types = {"int64": pa.int64(), "double": pa.float64()}
    assert {entry.dtype for entry in entries} == set(types)
    assert {entry.name: schema.field(entry.name).type for entry in entries} == {
        entry.name: types[entry.dtype] for entry in entries
    }
    rest = {name: schema.field(name).type for name in schema.names if name not in {entry.name for entry in entries}}
    assert rest == ABOUT


def test_the_matrix_has_a_row_a_line_in_the_canonical_order(validated: Path, matrix: Path) -> None:
    key = ["ordered_at", "order_id", "line_id"]

    lines = pq.read_table(matrix / "lines.parquet", columns=key).to_pylist()

    assert lines == pq.read_table(validated / "order_lines.parquet", columns=key).to_pylist()
    assert lines == sorted(lines, key=lambda line: [line[name] for name in key])


def test_the_reason_model_s_own_features_come_last(matrix: Path) -> None:
    only = [entry.only_reasons for entry in catalog.read(matrix / "catalog.json")]

    assert only == sorted(only)
    assert sum(only) >= 11


def _reasons(validated: Path) -> dict[str, str]:
    rows = pq.read_table(validated / "returns.parquet", columns=["line_id", "reason"]).to_pylist()
    return {row["line_id"]: row["reason"] for row in rows if row["reason"] not in (None, "UNKNOWN")}


def test_the_reason_is_that_of_lines_labelled_as_returned_where_one_is_known(validated: Path, matrix: Path) -> None:
    found = pq.read_table(matrix / "lines.parquet", columns=["line_id", "label", "reason"]).to_pylist()
    known = _reasons(validated)

    assert [row["reason"] for row in found] == [
        known.get(row["line_id"]) if row["label"] == 1 else None for row in found
    ]
    labels = {(row["label"], row["line_id"] in known) for row in found}
    assert {(1, True), (1, False), (0, True), (None, True)} <= labels  # late returns and unsettled lines are among them


def test_a_reason_that_was_inferred_is_marked_and_null_is_not(matrix: Path, tmp_path: Path) -> None:
    shop = crowded_shop(orders=40)
    marks = pd.Series([[True, False, None][place % 3] for place in range(len(shop.returns))], dtype=object)
    inferred = {line_id for line_id, mark in zip(shop.returns["line_id"], marks, strict=True) if mark}

    marked = shop.with_(returns=shop.returns.assign(reason_inferred=marks))
    build(marked.write(tmp_path / "validated"), tmp_path / "matrix", PARAMS, OUTCOME)

    table, plain = (pq.read_table(folder / "lines.parquet") for folder in (tmp_path / "matrix", matrix))
    assert table.drop(["reason_inferred"]).equals(plain)
    lines = table.select(["line_id", "reason", "reason_inferred"]).to_pylist()
    assert [line["reason_inferred"] for line in lines] == [
        line["reason"] is not None and line["line_id"] in inferred for line in lines
    ]
    assert {line["reason_inferred"] for line in lines} == {True, False}
    assert (tmp_path / "matrix" / "catalog.json").read_bytes() == (matrix / "catalog.json").read_bytes()


def test_a_source_without_reasons_has_no_column_of_them(tmp_path: Path) -> None:
    shop = crowded_shop(orders=12)
    validated = shop.with_(returns=shop.returns.drop(columns="reason")).write(tmp_path / "validated")
    backend = feature_matrix.connect(PARAMS, tmp_path)

    lines = prepare(backend, validated, OUTCOME)
    features = feature_matrix.recipe_of(lines, PARAMS, OUTCOME).features()
    backend.disconnect()

    # the matrix has columns of the lines, and those of the recipe
    names = [*lines.table.columns, *(feature.name for feature in features)]
    assert "label" in names
    assert [name for name in names if "reason" in name] == []


def test_doubles_are_missing_or_finite(matrix: Path) -> None:
    table = pq.read_table(matrix / "lines.parquet")

    for entry in catalog.read(matrix / "catalog.json"):
        values = [value for value in table[entry.name].to_pylist() if value is not None]
        assert all(abs(value) < float("inf") for value in values), entry.name


def test_a_half_life_too_short_for_the_span_is_one_clear_message(tmp_path: Path) -> None:
    shop = crowded_shop(orders=6)
    lines = shop.lines.copy()
    # 2^(days / half-life) overflows a double past 2^1024; a day as half-life allows 900 days.
    lines.loc[lines["order_id"] == "o005", ["ordered_at", "delivered_at"]] = (
        lines["ordered_at"].min().replace(year=2030)
    )
    half_life = PARAMS.half_life.model_copy(update={"short_days": 1.0})

    with pytest.raises(UserError, match=r"features\.half_life\.short_days of at least 2") as caught:
        build(
            shop.with_(lines=lines).write(tmp_path / "validated"),
            tmp_path / "matrix",
            PARAMS.model_copy(update={"half_life": half_life}),
            OUTCOME,
        )

    assert caught.value.found == "1.0"
    assert [path.name for path in tmp_path.iterdir()] == ["validated"]


@pytest.mark.parametrize("step", ["features.offline.local.matrix.computed", "features.catalog.write"])
def test_a_build_that_fails_leaves_the_old_matrix_as_it_was(
    step: str, validated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "matrix"
    folder.mkdir()
    for name in ("lines.parquet", "catalog.json"):
        (folder / name).write_text("the old one")

    def fail(*given: object) -> None:
        if isinstance(given[-1], Path):
            given[-1].write_text("half of it")
        raise OSError("No space left on device")

    monkeypatch.setattr(step, fail)

    with pytest.raises(OSError, match="No space left"):
        build(validated, folder, PARAMS, OUTCOME)

    assert _bytes(folder) == {"lines.parquet": b"the old one", "catalog.json": b"the old one"}
