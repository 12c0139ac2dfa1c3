from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drafts are tried as a shop would: with a key of its own for the ids of customers."""
    monkeypatch.setenv("RETURN_RISK_ID_KEY", "a secret of the tests")
    monkeypatch.setenv("RETURN_RISK_CUSTOMER_KEYS", str(tmp_path / "customer-keys.sqlite"))
