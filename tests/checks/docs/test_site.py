"""The site that `make docs` builds is searched where no server and no network is."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving.products.web.browser import chromium

COPIED = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs", "serving/products/screenshots")


@pytest.fixture(scope="module")
def site(top: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built site."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copyfile(top / "zensical.toml", folder / "zensical.toml")
    for name in COPIED:
        target = folder / "site/source" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(top / name, target) if (top / name).is_dir() else shutil.copyfile(top / name, target)
    command = [str(Path(sys.executable).with_name("zensical")), "build", "--strict", "--clean"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "site/html"


def test_the_makefile_copies_what_this_test_copies(top: Path) -> None:
    assert f"tar cf - {' '.join(COPIED)} |" in (top / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["index.html", "docs/how-to/own-shop.html"])
def test_a_page_opened_from_the_disk_is_searched_and_loads_nothing_from_elsewhere(site: Path, page: str) -> None:
    loaded: list[str] = []
    with chromium() as browser:
        opened = browser.new_page()
        opened.on("request", lambda request: loaded.append(request.url))
        opened.goto((site / page).as_uri())
        opened.keyboard.press("Control+k")
        opened.get_by_role("combobox").or_(opened.get_by_role("textbox")).first.fill("bracketing")
        opened.get_by_text("ordering one product in several sizes", exact=False).first.wait_for(timeout=20_000)

    assert [url for url in loaded if not url.startswith(("file:", "data:", "blob:"))] == []
