"""The channels that the settings name, checked before anything is to be told."""

from urllib.parse import urlsplit

from data.errors import UserError
from serving.settings import Settings, is_loopback, variable
from serving.telling.mail import Mail
from serving.telling.sending import Channel
from serving.telling.webhook import Webhook, read_secrets


def channels_of(settings: Settings) -> list[Channel]:
    """Give the channels; none where the settings name none.

    Raises
    ------
    UserError
        Settings of a channel contradict each other, or a file that they name can't be read.
    """
    return [*_mail(settings), *_webhook(settings)]


def _mail(settings: Settings) -> list[Mail]:
    if not settings.alarm_mail_to:
        return []
    password = settings.smtp_password_file
    if (settings.smtp_user is None) != (password is None):
        raise UserError(
            expected=f"{variable('smtp_user')} and {variable('smtp_password_file')}, or neither of them",
            found="one of them",
            fix="set the other one, too",
        )
    if settings.smtp_user is not None and settings.smtp_security == "none":
        raise UserError(
            expected=f"an encrypted connection to log in ({variable('smtp_security')} tls or starttls)",
            found="none, which sends the password in clear",
            fix=f"set {variable('smtp_security')}=starttls",
        )
    if password is not None and not password.is_file():
        raise UserError(
            expected=f"the file that {variable('smtp_password_file')} names",
            found=f"no file {password}",
            fix="write the password into it, readable by the service alone",
        )
    sender = (settings.alarm_mail_from or settings.alarm_mail_to)[0]
    server = settings.smtp_host, settings.smtp_port, settings.smtp_security
    return [Mail(*server, sender, settings.alarm_mail_to, settings.smtp_user, password)]


def _webhook(settings: Settings) -> list[Webhook]:
    url, secret_file = settings.alarm_webhook, settings.alarm_webhook_secret_file
    if url is None:
        return []
    parts = urlsplit(url)
    sound = parts.hostname and not (parts.username or parts.fragment)
    if not sound or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))):
        raise UserError(
            expected=f"in {variable('alarm_webhook')} an address with https; with http on this machine alone",
            found=f"{parts.scheme or 'none'} for {parts.hostname or 'no host'}",
            fix="correct it; a user or a password has no place in it",
        )
    if secret_file is None:
        raise UserError(
            expected=f"{variable('alarm_webhook_secret_file')}, with whose secret receivers check who calls",
            found="none",
            fix="name a file; if it is not there, the next message says how to make it",
        )
    read_secrets(secret_file)
    return [Webhook(url, secret_file)]
