"""The OpenAPI of the service, as it is at ``/openapi.json``."""

import logging
from typing import Any

from serving.app import create_app
from serving.settings import Settings
from tests.serving.fakes import FakeParts


def openapi() -> dict[str, Any]:
    """The description of a service that does nothing; that it has no API keys needs no warning here."""
    logging.disable(logging.WARNING)
    try:
        return create_app(Settings(), FakeParts().parts()).openapi()
    finally:
        logging.disable(logging.NOTSET)
