"""Settings: read from the environment, strict about names and ranges."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from data.errors import UserError
from serving.settings import PREFIX, Settings, variable


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(variable(name), raising=False)


def test_without_variables_only_this_machine_is_served():
    settings = Settings.from_environment()

    assert (settings.host, settings.port, settings.api_keys_file) == ("127.0.0.1", 8000, None)
    assert settings.on_loopback


def test_variables_are_read(monkeypatch):
    for name, value in {"PORT": "9000", "API_KEYS_FILE": "k.json", "PREDICTION_LOG_FEATURES": "true"}.items():
        monkeypatch.setenv(PREFIX + name, value)

    settings = Settings.from_environment()

    assert (settings.port, settings.api_keys_file) == (9000, Path("k.json"))
    assert settings.prediction_log_features is True


def test_an_empty_variable_is_none(monkeypatch):
    monkeypatch.setenv("RETURN_RISK_API_KEYS_FILE", "")

    assert Settings.from_environment().api_keys_file is None


def test_settings_never_change():
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1


def test_the_key_of_ids_is_known_and_read_elsewhere(monkeypatch):
    monkeypatch.setenv("RETURN_RISK_ID_KEY", "x" * 20)

    assert Settings.from_environment().port == 8000


def test_a_misspelt_variable_is_named_with_what_was_meant(monkeypatch):
    monkeypatch.setenv("RETURN_RISK_PROT", "1")

    with pytest.raises(UserError, match="did you mean RETURN_RISK_PORT"):
        Settings.from_environment()


def test_a_variable_that_is_like_none_is_to_be_unset(monkeypatch):
    monkeypatch.setenv("RETURN_RISK_ZZZZZZZZ", "1")

    with pytest.raises(UserError, match="unset RETURN_RISK_ZZZZZZZZ"):
        Settings.from_environment()


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "70000"), ("WORKERS", "0"), ("LOG_LEVEL", "loud"), ("REQUEST_TIMEOUT_SECONDS", "0"), ("PORT", "http")],
)
def test_a_value_out_of_range_is_named(monkeypatch, name, value):
    monkeypatch.setenv(PREFIX + name, value)

    with pytest.raises(UserError, match=f"{PREFIX}{name} = '{value}'"):
        Settings.from_environment()


def test_a_value_that_may_hold_a_password_is_not_shown(monkeypatch):
    monkeypatch.setenv("RETURN_RISK_STATE", "\udcffredis://:hunter2@store")

    with pytest.raises(UserError) as raised:
        Settings.from_environment()

    assert "RETURN_RISK_STATE" in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_each_setting_is_described():
    assert all(field.description for field in Settings.model_fields.values())
