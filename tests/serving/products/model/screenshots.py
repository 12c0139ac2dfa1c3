"""Takes the picture of the page of the model: ``python -m tests.serving.products.model.screenshots FOLDER``."""

import argparse
import contextlib
import shutil
import tempfile
from pathlib import Path

from data.params import PARAMS_FILE
from serving.quality.found import Quality
from serving.quality.round import as_quality
from tests.serving.asking import listening
from tests.serving.fakes import FakeParts
from tests.serving.products.web.browser import chromium, reading
from tests.training.monitoring.watched_shop import DAYS, NOW, START, changed, watched_shop
from training.model.split import DAY
from training.monitoring.look import look
from training.monitoring.params import MonitoringParams

LINES_A_DAY = 200
FAULT = START + (DAYS - 40) * DAY
CHOSEN = MonitoringParams(
    interval=0.9,
    recent_days=28,
    told_after_days=10,
    least_lines=200,
    most_labels=10,
    false_discovery_rate=0.1,
    tolerance=0.1,
    days_a_false_alarm=365,
)


def found() -> Quality:
    """Look at a shop in which one brand comes back far more than its scores say, from a day on."""
    shop = changed(watched_shop(1, LINES_A_DAY), watched_shop(2, LINES_A_DAY, brand=0.9), FAULT).assign(quantity=1)
    watched = shop[shop["ordered_at"] >= START + 60 * DAY].reset_index(drop=True)
    looked = look(watched, shop, NOW, CHOSEN, latest=True)
    return as_quality(looked, NOW, CHOSEN.interval, "EUR", (len(watched), len(watched)))


def take(folder: Path) -> None:
    """Write the picture into ``folder``."""
    folder, file = folder.resolve(), "model.png"
    with tempfile.TemporaryDirectory() as project:
        shutil.copy(PARAMS_FILE, project)
        with contextlib.chdir(project), chromium() as browser:
            found().write(Path("quality"))
            places = {name: Path(project, f"{name}.sqlite") for name in ("reviews", "policy_scenarios", "sessions")}
            with (
                listening(FakeParts(), quality=Path("quality"), **places) as port,
                reading(browser, f"http://127.0.0.1:{port}") as reader,
            ):
                reader.open("/products/model")
                reader.page.screenshot(path=folder / file, full_page=True)
    print(folder / file)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the picture goes")
    take(parser.parse_args().folder)
