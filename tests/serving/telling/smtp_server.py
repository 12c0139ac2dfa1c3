"""A mail server for tests: it speaks SMTP over a real socket, with STARTTLS or TLS from the first byte, and login."""

import base64
import datetime as dt
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from data.times import utc_now

LOGIN = base64.b64encode(b"\0ops\0secret").decode()


@dataclass
class MailServer:
    """What the server got, and how it answers. ``security``: as the setting; ``refuse``: answers by receiver."""

    port: int = 0
    security: str = "none"
    refuse: dict[str, str] = field(default_factory=dict)
    busy: bool = False
    got: list[EmailMessage] = field(default_factory=list)
    receivers: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    in_clear: list[str] = field(default_factory=list)


class _Session(socketserver.StreamRequestHandler):
    state: MailServer
    tls: ssl.SSLContext | None
    encrypted = False

    def handle(self) -> None:
        if self.state.security == "tls":
            self._encrypt()
        self._say("220 mail.test")
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            if not self.encrypted:
                self.state.in_clear.append(line)
            if self._answer(line):
                return

    def finish(self) -> None:
        super().finish()
        self.connection.close()  # once encrypted, it is another socket than the one that the server closes

    def _answer(self, line: str) -> bool:
        state, word = self.state, line.upper()
        if word.startswith("EHLO"):
            offers = ["mail.test", *(["STARTTLS"] if state.security == "starttls" and not self.encrypted else [])]
            offers += ["AUTH PLAIN"]
            self._say(*(f"250{' ' if each == offers[-1] else '-'}{each}" for each in offers))
        elif word == "STARTTLS":
            self._say("220 go on")
            self._encrypt()
        elif word.startswith("AUTH PLAIN"):
            state.logins.append(line.rsplit(maxsplit=1)[-1])
            self._say("235 welcome" if state.logins[-1] == LOGIN else "535 no")
        elif word.startswith("MAIL"):
            self._say("451 later" if state.busy else "250 ok")
        elif word.startswith("RCPT"):
            name = line.partition("<")[2].partition(">")[0]
            answer = state.refuse.get(name, "250 ok")
            state.receivers += [name] if answer.startswith("250") else []
            self._say(answer)
        elif word == "DATA":
            self._say("354 go on")
            rows = iter(self.rfile.readline, b".\r\n")
            state.got.append(message_from_bytes(b"".join(rows), policy=policy.default))
            self._say("250 taken")
        elif word == "QUIT":
            self._say("221 bye")
            return True
        else:
            self._say("250 ok")
        return False

    def _encrypt(self) -> None:
        assert self.tls is not None
        self.connection = self.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.encrypted = True

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A client that leaves is no fault of the test."""


@contextmanager
def mail_server(security: str = "none", certificate: Path | None = None) -> Iterator[MailServer]:
    """A server on loopback; with TLS it shows the ``certificate`` of `certificate_in`."""
    state, tls = MailServer(security=security), None
    if certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
    session = type("Own", (_Session,), {"state": state, "tls": tls})
    with _Server(("127.0.0.1", 0), session) as server:
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()


def certificate_in(folder: Path) -> Path:
    """Make a certificate of ``localhost`` that signs itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = utc_now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "certificate.pem").write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return folder / "certificate.pem"
