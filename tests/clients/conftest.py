"""The service that the clients ask, and the OpenAPI that they are made from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from data.files import write_json
from tests.clients.live_service import LiveService, live_service
from tests.serving.described import openapi


@pytest.fixture(scope="module")
def description(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("openapi") / "openapi.json"
    write_json(openapi(), path)
    return path


@pytest.fixture
def service(tmp_path: Path) -> Iterator[LiveService]:
    with live_service(tmp_path / "predictions") as served:
        yield served
