from pathlib import Path

import pytest

from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop


@pytest.fixture
def shop(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> FilesOfAShop:
    """A shop of three order lines and one return, in two files."""
    monkeypatch.setenv("RETURN_RISK_ID_KEY", "a secret of the tests")
    monkeypatch.setenv("RETURN_RISK_CUSTOMER_KEYS", str(tmp_path_factory.mktemp("keys") / "keys.sqlite"))
    return FilesOfAShop(tmp_path)
