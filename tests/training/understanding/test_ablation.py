from pathlib import Path

import pandas as pd

from features import catalog
from tests.training.small_matrix import CATALOG
from training.understanding import ablation, tables


def test_what_the_outcome_hangs_on_costs_most_and_the_same_run_writes_the_same_bytes(project: Path) -> None:
    ablation.main()
    written = (project / tables.ABLATION).read_bytes()
    ablation.main()

    table = pd.read_csv(project / tables.ABLATION).set_index("name")
    assert (project / tables.ABLATION).read_bytes() == written
    assert table["kind"].tolist() == ["seed", "factor", "factor", "factor"]
    rise, low = table["difference"].to_dict(), table["low"].to_dict()
    assert rise["customer"] > 0.005
    assert low["customer"] > 0
    assert abs(rise["basket"]) < rise["customer"] / 2
    assert table["features"].tolist() == [0, 1, 1, 1]


def test_a_catalog_of_one_factor_has_nothing_to_leave_out(project: Path) -> None:
    whole = (project / "features/matrix/catalog.json").read_text()
    try:
        catalog.write(CATALOG[:1], project / "features/matrix/catalog.json")
        ablation.main()
    finally:
        (project / "features/matrix/catalog.json").write_text(whole)

    assert pd.read_csv(project / tables.ABLATION)["kind"].tolist() == ["seed"]
