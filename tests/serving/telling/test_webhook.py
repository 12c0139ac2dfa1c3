"""Webhooks are signed as Standard Webhooks have it, and a receiver that says so has them."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from standardwebhooks.webhooks import Webhook as Library
from standardwebhooks.webhooks import WebhookVerificationError

from data.errors import UserError
from serving.telling import words
from serving.telling.sending import SendError
from serving.telling.webhook import Webhook, read_secrets, signature
from tests.serving.telling.alarms import message, news

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(b"o" * 32).decode()


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it gets, and answers ``status``."""

    got: ClassVar[list[tuple[str, dict[str, str], bytes]]] = []
    status = 204

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).got.append((self.path, {key.lower(): value for key, value in self.headers.items()}, body))
        self.send_response(self.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def receiving(status: int = 204) -> Iterator[tuple[str, type[Receiver]]]:
    own = type("Own", (Receiver,), {"got": [], "status": status})
    with HTTPServer(("127.0.0.1", 0), own) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hooks?from=shop", own
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text(f"{SECRET}\n", encoding="utf-8")
    return tmp_path / "secret"


def test_the_signature_is_that_of_the_libraries_of_standard_webhooks(secret_file: Path) -> None:
    # The example of their tests: the payload, its time, and what they sign it with.
    at = datetime.fromtimestamp(1614265330, UTC)
    (secret,) = read_secrets(secret_file)

    found = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')

    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_receiver_can_verify_who_called_when_and_with_what(secret_file: Path) -> None:
    with receiving() as (url, receiver):
        Webhook(url, secret_file).send(message(news()))

    ((path, headers, body),) = receiver.got
    Library(SECRET).verify(body.decode(), headers)
    with pytest.raises(WebhookVerificationError):
        Library(SECRET).verify(body.decode().replace("Bolt", "Volt"), headers)
    with pytest.raises(WebhookVerificationError):
        Library(OTHER).verify(body.decode(), headers)
    assert (path, headers["webhook-id"]) == ("/hooks?from=shop", "msg_1")
    assert headers["content-type"] == "application/json"
    content = json.loads(body)
    assert (content["type"], content["timestamp"]) == ("quality.alarm", "2024-06-30T12:00:00Z")
    assert content["data"]["slice"] == "Bolt"
    assert content["data"]["cost_minor_a_month"] == 123_400
    assert words.Body.model_validate_json(body).data == news()


def test_while_a_secret_is_changed_both_sign(secret_file: Path) -> None:
    secret_file.write_text(f"{SECRET}\n{OTHER}\n", encoding="utf-8")

    with receiving() as (url, receiver):
        Webhook(url, secret_file).send(message())

    ((_, headers, body),) = receiver.got
    for secret in (SECRET, OTHER):
        Library(secret).verify(body.decode(), headers)


@pytest.mark.parametrize("status", [500, 302, 429, 404, 410])
def test_another_answer_than_2xx_is_no_arrival(secret_file: Path, status: int) -> None:
    with receiving(status) as (url, receiver), pytest.raises(SendError, match=f"it answered {status}") as caught:
        Webhook(url, secret_file).send(message())

    assert caught.value.for_good is (status == 410)
    assert [path for path, _, _ in receiver.got] == ["/hooks?from=shop"]  # no redirect is followed


def test_nobody_there_is_no_arrival(secret_file: Path) -> None:
    with receiving() as (url, _):
        pass

    with pytest.raises(SendError, match="ConnectionRefused") as caught:
        Webhook(url, secret_file).send(message())
    assert not caught.value.for_good


@pytest.mark.parametrize(
    ("content", "found"), [("", "empty"), ("whsec_!", "base64"), ("whsec_YQ==", "1 bytes"), (SECRET[6:], "without")]
)
def test_a_secret_that_is_none_is_refused_and_never_shown(secret_file: Path, content: str, found: str) -> None:
    secret_file.write_text(content, encoding="utf-8")

    with pytest.raises(UserError, match=found) as caught:
        read_secrets(secret_file)
    assert not content or content not in str(caught.value)


def test_a_secret_that_went_away_is_no_arrival(tmp_path: Path) -> None:
    with receiving() as (url, receiver), pytest.raises(SendError, match="FileNotFound"):
        Webhook(url, tmp_path / "none").send(message())
    assert receiver.got == []
