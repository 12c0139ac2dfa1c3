from pathlib import Path

import pytest

from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FilesOfAShop:
    """A shop of three order lines and one return, in two files."""
    monkeypatch.setenv("RETURN_RISK_ID_KEY", "a secret of the tests")
    return FilesOfAShop(tmp_path)
