from typing import Any

from rich.console import Console

from training.report.experiments import experiments, table

METRICS = {
    "log_loss": 0.5432,
    "roc_auc": 0.7431,
    "ece": 0.0182,
    "against_best": -0.0035,
    "reasons_log_loss": 1.735,
    "saving_minor": 33616.3,
    "backtest_log_loss": 0.5278,
    "backtest_roc_auc": 0.7403,
}


def row(rev: str, name: str | None, *, leaves: int = 12, **metrics: float | None) -> dict[str, Any]:
    params = {"params.yaml": {"data": {"model": {"num_leaves": leaves, "seed": 1}, "data": {"source": "simulated"}}}}
    files = {"reports/metrics.json": {"data": METRICS | metrics}, "reports/refusals.json": {"data": {"refusals": 0}}}
    return {"rev": rev, "name": name, "data": {"params": params, "metrics": files}, "error": None}


def listed(workspace: dict[str, Any], *runs: dict[str, Any]) -> list[dict[str, Any]]:
    head = {**row("a" * 40, "main"), "experiments": [{"revs": [run]} for run in runs]}
    return [{**workspace, "experiments": None}, head]


def shown(*args: dict[str, Any]) -> list[str]:
    console = Console(width=120)
    with console.capture() as printed:
        console.print(table(experiments(listed(*args))))
    return printed.get().splitlines()


def test_the_best_backtest_stands_first_whatever_the_test_says() -> None:
    lucky = row("b" * 40, "lucky", leaves=31, log_loss=0.53, backtest_log_loss=0.53)
    better = row("c" * 40, "better", leaves=20, backtest_log_loss=0.5270)

    found = experiments(listed(row("workspace", None), lucky, better))

    assert [each.name for each in found] == ["main", "better", "lucky"]
    assert [dict(each.changed) for each in found] == [{}, {"model.num_leaves": 20}, {"model.num_leaves": 31}]


def test_the_workspace_stands_first_where_it_is_no_other_row() -> None:
    found = experiments(listed(row("workspace", None, leaves=6, log_loss=0.55), row("b" * 40, "wide", leaves=31)))

    assert [each.name for each in found] == ["workspace", "main", "wide"]
    assert found[0].changed == {"model.num_leaves": 6}


def test_a_table_of_long_names_and_many_changes_fits_120_columns() -> None:
    lines = shown(row("workspace", None), row("b" * 40, "a-name-that-somebody-has-made-far-too-long", leaves=31))

    assert max(map(len, lines)) <= 120
    assert "0.5278" in "".join(lines)
    assert "33,616" in "".join(lines)
    assert "…" not in "".join(lines)


def test_an_experiment_that_failed_says_so_and_comes_last() -> None:
    failed = {"rev": "d" * 40, "name": "broken", "data": None, "error": {"msg": "unable to read 'dvc.lock'"}}

    lines = shown(row("workspace", None), failed, row("b" * 40, "wide", leaves=31))

    assert "broken" in lines[-2] + lines[-1]
    assert "unable to" in lines[-2] + lines[-1]


def test_without_any_commit_only_the_workspace_is_shown() -> None:
    [only] = experiments([{**row("workspace", None), "experiments": None}])

    assert only.name == "workspace"
