"""E-mail: what it says, how it is encrypted, and when it did not arrive; against a mail server on a real socket."""

from dataclasses import replace
from pathlib import Path

import pytest

from serving.telling.mail import Mail
from serving.telling.news import Kind
from serving.telling.sending import SendError
from tests.serving.telling.alarms import message, news
from tests.serving.telling.smtp_server import MailServer, certificate_in, mail_server

TO = ("ops@shop.example", "boss@shop.example")


def mail(server: MailServer, **changes: object) -> Mail:
    chosen = Mail("localhost", server.port, server.security, "risk@shop.example", TO)  # type: ignore[arg-type]
    return replace(chosen, **changes)  # type: ignore[arg-type]


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate that this machine trusts."""
    found = certificate_in(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(found))
    return found


def test_one_mail_says_all_news_with_segment_since_when_money_and_what_to_do():
    third = news(slice="Sure", direction="too sure")
    second = news(Kind.ENDED, slice="Cörvo & <Söhne>\nBcc: all@shop.example", id="id-2", direction="fewer")

    with mail_server() as server:
        mail(server).send(message(news(), second, third, channel="mail"))

    (got,) = server.got
    text = got.get_content().replace("\r\n", "\n")
    assert server.receivers == list(TO)
    assert got["Subject"] == (
        "return-risk-shop: new alarm, brand Bolt: more returns than the scores say, €1,234 a month and 2 more"
    )
    assert (got["From"], got["To"]) == ("risk@shop.example", ", ".join(TO))
    assert got["Bcc"] is None
    assert got["Auto-Submitted"] == "auto-generated"
    assert "Segment:    brand Bolt\nSince:      2024-06-18\n" in text
    assert "41.0% (36.0% to 46.0%) of 300 lines; the scores said 30.0%" in text
    assert "What:       more returns than the scores say\nMoney:      €1,234 a month, a loss\n" in text
    assert "Look at its items in the product review." in text
    assert "Segment:    brand Cörvo & <Söhne> Bcc: all@shop.example\n" in text
    assert "An alarm is over" in text
    assert "What:       the scores are too sure\n" in text


def test_each_try_has_the_same_message_id():
    with mail_server() as server:
        for _ in range(2):
            mail(server).send(message(news(), channel="mail"))

    assert [each["Message-ID"] for each in server.got] == ["<msg_1@shop.example>"] * 2


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_login_and_mail_are_encrypted(security: str, trusted: Path, tmp_path: Path):
    (tmp_path / "password").write_text("secret\n", encoding="utf-8")

    with mail_server(security, trusted) as server:
        mail(server, user="ops", password_file=tmp_path / "password").send(message(channel="mail"))

    assert len(server.got) == len(server.logins) == 1
    assert not [line for line in server.in_clear if not line.upper().startswith(("EHLO", "STARTTLS"))]


def test_a_server_that_nobody_vouches_for_gets_nothing(tmp_path: Path):
    with mail_server("starttls", certificate_in(tmp_path)) as server, pytest.raises(SendError, match="CERTIFICATE"):
        mail(server).send(message(channel="mail"))

    assert server.got == []


def test_a_server_without_starttls_gets_nothing_where_it_is_asked_for():
    with mail_server() as server, pytest.raises(SendError, match="NotSupported"):
        mail(server, security="starttls").send(message(channel="mail"))

    assert server.got == []


def test_a_server_that_is_away_or_busy_is_tried_again(trusted: Path, tmp_path: Path):
    with mail_server() as server:
        server.busy = True
        with pytest.raises(SendError, match="451") as busy:
            mail(server).send(message(channel="mail"))
    with pytest.raises(SendError, match="refused") as away:
        mail(server).send(message(channel="mail"))
    (tmp_path / "password").write_text("another", encoding="utf-8")
    with mail_server("starttls", trusted) as server, pytest.raises(SendError, match="535") as wrong:
        mail(server, user="ops", password_file=tmp_path / "password").send(message(channel="mail"))

    # A password is corrected in its file: the next try has it.
    assert [each.value.for_good for each in (busy, away, wrong)] == [False, False, False]


def test_receivers_that_do_not_exist_are_not_tried_again_and_the_others_have_it():
    with mail_server() as server:
        server.refuse = {TO[0]: "550 nobody"}
        with pytest.raises(SendError, match="1 of 2") as one:
            mail(server).send(message(channel="mail"))
        server.refuse = dict.fromkeys(TO, "550 nobody")
        with pytest.raises(SendError, match="550") as every:
            mail(server).send(message(channel="mail"))
        server.refuse = dict.fromkeys(TO, "450 later")
        with pytest.raises(SendError, match="450") as later:
            mail(server).send(message(channel="mail"))

    assert len(server.got) == 1
    assert [each.value.for_good for each in (one, every, later)] == [True, True, False]
