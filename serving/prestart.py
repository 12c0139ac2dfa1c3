"""What happens once before the service starts: the state is brought up to the last run, and an example is looked up.

A process of its own, ``python -m serving.prestart``, so that the 350 MB that it takes are given back. It prints a
basket that the service can be tried with, as JSON, or nothing where there is none.
"""

import sys

import orjson

from data.errors import UserError
from data.stage import run
from serving import assembly
from serving.process import logs
from serving.settings import Settings


def main() -> None:
    """Prepare as the settings say.

    Raises
    ------
    UserError
        The settings are wrong, or the state can't be prepared.
    """
    settings = Settings.from_environment()
    logs.set_up(settings.log_level)
    assembly.prepare(settings)
    try:
        sys.stdout.buffer.write(orjson.dumps(assembly.example_request(settings)))
    except UserError:
        return  # nothing to try the service with is no reason not to serve


if __name__ == "__main__":
    run(main)
