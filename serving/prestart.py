"""Runs once before the service starts: prepares the state of the last run, and makes an example basket.

It is a process of its own, ``python -m serving.prestart``, so that its 350 MB are freed when it ends. It prints the
example basket as JSON; where there is none, it prints nothing.
"""

import sys

import orjson

from data.errors import UserError
from data.stage import run
from serving.assembly.start_up import example_request, prepare
from serving.process import logs
from serving.process.file_rights import keep_from_others
from serving.settings import Settings
from serving.shops import Shop


def main() -> None:
    """Prepare as the settings say.

    Raises
    ------
    UserError
        The settings are wrong, or the state can't be prepared.
    """
    keep_from_others()
    settings = Settings.from_environment()
    logs.set_up(settings.log_level)
    shop = Shop.only(settings)
    prepare(shop)
    try:
        sys.stdout.buffer.write(orjson.dumps(example_request(shop)))
    except UserError:
        return  # the service starts without an example, too


if __name__ == "__main__":
    run(main, part=True)
