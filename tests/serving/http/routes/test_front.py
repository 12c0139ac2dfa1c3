"""What a browser finds: a page that leads on, and the API's description without a byte from another site."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import expect

from serving.http.routes import front
from tests.serving.asking import Asker, listening
from tests.serving.fakes import FakeParts
from tests.serving.products.web.browser import chromium, reading

needs_package = pytest.mark.skipif(find_spec(front.PACKAGE) is None, reason="fastapi-offline is not installed")


@pytest.fixture
def asker() -> Iterator[Asker]:
    with Asker.of(FakeParts()) as asker:
        yield asker


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for the files of Swagger UI."""
    for name in front.FILES:
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(front, "_folder", lambda: tmp_path)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("path", ["/", "/docs", "/docs/start.js", *[f"/docs/{name}" for name in front.FILES]])
def test_a_browser_runs_our_own_files_alone(asker: Asker, path: str) -> None:
    answer = asker.get(path)

    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.usefixtures("installed")
def test_the_front_page_leads_to_the_pages_and_to_the_api(asker: Asker) -> None:
    page = asker.get("/").text

    assert [path for path in ("/products", "/docs", "/openapi.json") if f'href="{path}"' in page] == [
        "/products", "/docs", "/openapi.json",
    ]  # fmt: skip


@pytest.mark.usefixtures("installed")
def test_only_the_files_of_the_description_are_given(asker: Asker) -> None:
    for name in ("__init__.py", "redoc.standalone.js", "%2e%2e%2fcore.py"):
        assert asker.get(f"/docs/{name}").status_code == 404


def test_without_the_package_there_is_no_description_and_nothing_leads_there(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front, "_folder", lambda: None)

    missing = asker.get("/docs")

    assert missing.status_code == 404
    assert "/openapi.json has the same" in missing.json()["detail"]
    assert "/docs" not in asker.get("/").text


def test_what_a_browser_finds_is_no_part_of_the_api(asker: Asker) -> None:
    assert not {"/", "/docs", "/docs/{name}"} & asker.get("/openapi.json").json()["paths"].keys()


@needs_package
def test_the_description_is_shown_without_a_fault_and_an_event_of_it_can_be_read() -> None:
    with listening(FakeParts()) as port, chromium() as browser, reading(browser, f"http://127.0.0.1:{port}") as reader:
        reader.open("/")
        reader.page.get_by_role("link", name="API, to read and to try").click()

        reader.page.get_by_role("button", name="POST /v1/events Send Events").click()

        expect(reader.page.get_by_text("line_exchanged").first).to_be_visible()
