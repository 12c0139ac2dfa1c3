"""E-mail: one for all news of a look."""

import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from typing import Final, Literal

from serving.telling import words
from serving.telling.news import AlarmNews
from serving.telling.sending import Message, SendError

SECONDS: Final = 20.0
Security = Literal["starttls", "tls", "none"]
FOR_GOOD: Final = range(550, 556)
"""Answers of SMTP to a sender or to all receivers that stay the same, such as 550: no such mailbox."""


@dataclass(frozen=True)
class Mail:
    """The server that takes mail, and from whom and to whom it goes.

    ``security``: ``tls`` from the first byte (port 465), ``starttls`` before anything is said (587), or ``none``, for a
    server on this machine. ``password_file``: read at each try, as a password may be renewed.
    """

    host: str
    port: int
    security: Security
    sender: str
    to: tuple[str, ...]
    user: str | None = None
    password_file: Path | None = None
    name: str = "mail"

    def messages(self, news: tuple[AlarmNews, ...]) -> list[tuple[AlarmNews, ...]]:
        """All news in one message."""
        return [news]

    def send(self, message: Message) -> None:
        """Send a message to all receivers; `SendError` where the server did not take it."""
        try:
            with self._connected() as server:
                refused = server.send_message(self.written(message), self.sender, self.to)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise SendError(
                f"all receivers were refused: {codes}", for_good=all(c in FOR_GOOD for c in codes)
            ) from None
        except smtplib.SMTPResponseException as error:
            raise SendError(f"the server answered {error.smtp_code}") from None
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise SendError(f"{type(error).__name__}: {error}") from None
        if refused:
            # The others have it. A second try would send it to them again, and be refused again.
            raise SendError(f"{len(refused)} of {len(self.to)} receivers were refused", for_good=True)

    def written(self, message: Message) -> EmailMessage:
        """Write the e-mail; a later try has the same Message-ID, by which mail programs show it once."""
        mail = EmailMessage()
        mail["Subject"] = words.subject(message.news)
        mail["From"], mail["To"] = self.sender, ", ".join(self.to)
        mail["Date"] = message.made_at
        mail["Message-ID"] = f"<{message.id}@{Address(addr_spec=self.sender).domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(words.text(message.news))
        return mail

    def _connected(self) -> smtplib.SMTP:
        tls = ssl.create_default_context()
        server: smtplib.SMTP
        if self.security == "tls":
            server = smtplib.SMTP_SSL(self.host, self.port, timeout=SECONDS, context=tls)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=SECONDS)
        try:
            if self.security == "starttls":
                server.starttls(context=tls)
            if self.user is not None:
                server.login(self.user, self._password())
        except BaseException:
            server.close()
            raise
        return server

    def _password(self) -> str:
        return "" if self.password_file is None else self.password_file.read_text(encoding="utf-8").strip()
