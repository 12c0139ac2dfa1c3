import pytest


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drafts are tried as a shop would: with a key of its own for the ids of customers."""
    monkeypatch.setenv("RETURN_RISK_ID_KEY", "a secret of the tests")
