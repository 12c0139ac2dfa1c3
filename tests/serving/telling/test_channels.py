"""The channels that settings name, and settings that name none that works."""

from pathlib import Path
from typing import Any

import pytest

from data.errors import UserError
from serving.settings import Settings
from serving.telling.channels import channels_of
from serving.telling.mail import Mail
from serving.telling.webhook import Webhook
from tests.serving.telling.test_webhook import SECRET


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text(SECRET, encoding="utf-8")
    return tmp_path / "secret"


def test_without_settings_there_is_none():
    assert channels_of(Settings()) == []


def test_mail_and_webhook_are_as_the_settings_say(file: Path):
    mail: dict[str, Any] = {"alarm_mail_to": "a@b.example, c@d.example", "smtp_host": "mail", "smtp_user": "u"}
    hook: dict[str, Any] = {"alarm_webhook": "https://x.example/y?z=1", "alarm_webhook_secret_file": file}

    found = channels_of(Settings(**mail, smtp_password_file=file, **hook))

    to = ("a@b.example", "c@d.example")
    assert found == [
        Mail("mail", 587, "starttls", "a@b.example", to, "u", file),
        Webhook("https://x.example/y?z=1", file),
    ]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"alarm_webhook": "http://x.example/TOKEN"}, "http for x.example"),
        ({"alarm_webhook": "ftp://x.example/TOKEN"}, "ftp"),
        ({"alarm_webhook": "https://user:TOKEN@x.example/"}, "https for x.example"),
        ({"alarm_webhook": "TOKEN"}, "no host"),
        ({"alarm_webhook": "https://x.example/TOKEN"}, "none"),
        ({"alarm_webhook": "https://x.example/TOKEN", "alarm_webhook_secret_file": "nowhere"}, "FileNotFoundError"),
        ({"alarm_mail_to": "a@b.example", "smtp_user": "u"}, "one of them"),
        ({"alarm_mail_to": "a@b.example", "smtp_user": "u", "smtp_password_file": "nowhere"}, "no file nowhere"),
        (
            {"alarm_mail_to": "a@b.example", "smtp_user": "u", "smtp_password_file": "x", "smtp_security": "none"},
            "in clear",
        ),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_to_be_told(given: dict[str, Any], found: str):
    with pytest.raises(UserError, match=found) as caught:
        channels_of(Settings(**given))

    assert "TOKEN" not in str(caught.value)


def test_an_address_of_a_wrong_form_is_refused_and_that_of_a_webhook_never_shown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RETURN_RISK_ALARM_MAIL_TO", "a@b.example, nobody")
    with pytest.raises(UserError, match="addresses such as"):
        Settings.from_environment()
