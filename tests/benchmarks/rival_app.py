"""The service under another process manager: the same application, and the event writer as a program of its own.

``python -m tests.benchmarks.rival_app FILE`` runs the writer, and writes the path of its socket into the file.
"""

import os
import sys
from pathlib import Path

from fastapi import FastAPI

from serving import app
from serving.assembly.worker import assemble_worker
from serving.process.lifeline import Lifeline
from serving.process.private_listener import PrivateListener
from serving.settings import Settings
from serving.shops import Shop
from serving.writer import write_events

WRITER_FILE = "TRIED_WRITER_FILE"


def make() -> FastAPI:
    """Make the application of one worker."""
    settings = Settings.from_environment()
    writer = Path(Path(os.environ[WRITER_FILE]).read_text())
    return app.create_app(settings, assemble_worker(Shop.only(settings), writer))


def main() -> None:
    """Write events until SIGTERM."""
    with PrivateListener() as listener:
        Path(sys.argv[1]).write_text(str(listener.path))
        write_events(listener, Shop.only(Settings.from_environment()), Lifeline(None))


if __name__ == "__main__":
    main()
