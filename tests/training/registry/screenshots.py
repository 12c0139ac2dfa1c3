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


def pages(store: Path) -> dict[str, str]:
    """The pages that are taken, by the name of the picture: of the latest version, its run, and the last two runs."""
    client = mlflow.MlflowClient(f"sqlite:///{store.resolve()}")
    versions = [version for model in client.search_registered_models() for version in client.search_model_versions(
        f"name = '{model.name}'")]  # fmt: skip
    last = max(versions, key=lambda version: version.creation_timestamp)
    experiment = client.get_run(str(last.run_id)).info.experiment_id
    runs = client.search_runs([experiment], order_by=["attributes.start_time DESC"])
    after, before = [each for each in runs if _is_whole(each)][:2]
    chosen = json.dumps([before.info.run_id, after.info.run_id], separators=(",", ":"))
    return {
        "mlflow-run": f"#/experiments/{experiment}/runs/{after.info.run_id}",
        "mlflow-model": f"#/models/{last.name}/versions/{last.version}",
        "mlflow-card": f"#/experiments/{experiment}/runs/{after.info.run_id}/artifacts/report/model_card.md",
        "mlflow-compare": f'#/compare-runs?runs={chosen}&experiments=["{experiment}"]',
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
        for name, path in pages(store).items():
            page.goto(f"{address}/{path}")
            page.reload()
            page.wait_for_load_state("networkidle")
            _close_assistant(page)
            page.wait_for_timeout(2000)
            page.screenshot(path=folder / f"{name}.png")
            print(folder / f"{name}.png")


def _close_assistant(page: Page) -> None:
    """Close MLflow's chat beside the page, where it is open."""
    title = page.get_by_text("MLflow Assistant", exact=True)
    if title.count():
        title.locator("xpath=ancestor::*[.//button][1]").locator("button").last.click()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", help="of MLflow's pages, such as http://127.0.0.1:5000")
    parser.add_argument("store", type=Path, help="the file mlflow.db")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    given = parser.parse_args()
    take(given.address, given.store, given.folder)
