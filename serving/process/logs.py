"""The log of a serving process: one JSON object a line, on stderr.

An exception is logged by type and place, without its message, which may quote a request.
"""

import logging
import os
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, Final

import orjson

FRAMES: Final = 8


class JsonFormatter(logging.Formatter):
    """Writes a record as JSON: time (UTC), level, logger, process, message; and the type and place of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        content: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": os.getpid(),
            "message": record.getMessage(),
        }
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
            content["error"] = type(error).__name__
            content["raised_at"] = [f"{frame.filename}:{frame.lineno}" for frame in frames]
        return orjson.dumps(content, default=str).decode()


def set_up(level: str) -> None:
    """Log everything from ``level`` (its name) on as JSON, in place of what was set up before."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
