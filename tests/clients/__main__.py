"""Write the clients of the API into a folder: ``python -m tests.clients FOLDER``."""

import argparse
from pathlib import Path

from data.errors import UserError
from tests.clients import making


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.clients", description=__doc__)
    parser.add_argument("folder", type=Path, help="where to write them; what is there is replaced")
    folder: Path = parser.parse_args().folder
    try:
        making.make(folder)
    except UserError as error:
        print(error)
        return 1
    print(f"wrote {folder / making.PYTHON}, {folder / making.TYPESCRIPT} and the OpenAPI they are made from")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
