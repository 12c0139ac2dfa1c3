from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data.schema import Reason
from serving.decisions.faults import TABLE, ProductFaults


def test_faults_are_the_products_reasons_that_are_unusual_enough(tmp_path: Path) -> None:
    rows = [
        {"level": level, "item_id": item, "reason": reason, "unusual_probability": probability}
        for level, item, reason, probability in [
            ("product", "p1", "COLOR", 0.95),
            ("product", "p1", "DEFECTIVE", 0.99),
            ("product", "p1", "STYLE", 0.8),
            ("brand", "p2", "COLOR", 0.99),
            ("product", "p3", "COLOR", None),
        ]
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / TABLE)
    faults = ProductFaults(tmp_path, 0.9)

    assert faults.of("p1") == {Reason.COLOR, Reason.DEFECTIVE}
    assert faults.of("p2") == faults.of("p3") == frozenset()


def test_without_a_report_no_product_has_a_fault(tmp_path: Path) -> None:
    assert ProductFaults(tmp_path, 0.9).of("p1") == frozenset()


def test_of_a_report_of_another_layout_no_fault_is_known_and_it_is_a_trouble(tmp_path: Path) -> None:
    pq.write_table(pa.table({"item": ["p1"]}), tmp_path / TABLE)

    faults = ProductFaults(tmp_path, 0.9)

    assert faults.of("p1") == frozenset()
    assert "the reasons of the product report" in (faults.trouble() or "")
