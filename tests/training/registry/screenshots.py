"""Takes pictures of MLflow's pages: ``python -m tests.training.registry.screenshots ADDRESS STORE FOLDER``.

`make ui` serves the pages at ``ADDRESS``, of the store ``STORE`` (the file mlflow.db), which needs a registered version
and two runs.
"""

import argparse
import json
from pathlib import Path
from typing import Final

import mlflow
from mlflow.entities import Run
from playwright.sync_api import Page, ViewportSize

from tests.serving.products.web.browser import chromium

SIZE: Final = ViewportSize(width=1280, height=900)
PATIENCE_MS: Final = 120_000
SETTLING_MS: Final = 3000
OF_TRAINING: Final = "workflowType=machine_learning"
"""Asks for MLflow's pages about models, not those about language models."""


def pages(store: Path) -> dict[str, tuple[str, str]]:
    """The pages by the name of the picture, each with a text that it shows once it is there.

    They are of the latest version, of the latest run, and of the two latest runs side by side.
    """
    client = mlflow.MlflowClient(f"sqlite:///{store.resolve()}")
    versions = [version for model in client.search_registered_models() for version in client.search_model_versions(
        f"name = '{model.name}'")]  # fmt: skip
    last = max(versions, key=lambda version: version.creation_timestamp)
    experiment = client.get_run(str(last.run_id)).info.experiment_id
    runs = client.search_runs([experiment], order_by=["attributes.start_time DESC"])
    after, before = [each for each in runs if _is_whole(each)][:2]
    chosen = json.dumps([before.info.run_id, after.info.run_id], separators=(",", ":"))
    run = f"#/experiments/{experiment}/runs/{after.info.run_id}"
    return {
        "mlflow-run": (run, "About this run"),
        "mlflow-model": (f"#/models/{last.name}/versions/{last.version}", "Description"),
        "mlflow-card": (f"{run}/artifacts/report/model_card.md", "Purpose"),
        "mlflow-compare": (f'#/compare-runs?runs={chosen}&experiments=["{experiment}"]', "Run details"),
    }


def _is_whole(run: Run) -> bool:
    """Whether the run is one of the pipeline, and none of a fold, a search or a trial."""
    return "gate" in run.data.tags and "mlflow.parentRunId" not in run.data.tags


def take(address: str, store: Path, folder: Path) -> None:
    """Write a PNG of each page."""
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        page = browser.new_page(viewport=SIZE)
        page.set_default_timeout(PATIENCE_MS)
        for name, (path, text) in pages(store).items():
            page.goto(f"{address}/{path}{'&' if '?' in path else '?'}{OF_TRAINING}")
            page.reload()
            page.get_by_text(text).first.wait_for()
            _tidy(page)
            page.screenshot(path=folder / f"{name}.png")
            print(folder / f"{name}.png")


def _tidy(page: Page) -> None:
    """Close MLflow's chat, and hide the folder of this machine."""
    page.wait_for_timeout(SETTLING_MS)
    for button in page.get_by_role("button", name="Close").all():
        button.click()
    for path in page.get_by_text("file://").all():
        path.evaluate("each => { each.style.visibility = 'hidden' }")
    page.wait_for_timeout(SETTLING_MS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", help="of MLflow's pages, such as http://127.0.0.1:5000")
    parser.add_argument("store", type=Path, help="the file mlflow.db")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    given = parser.parse_args()
    take(given.address, given.store, given.folder)
