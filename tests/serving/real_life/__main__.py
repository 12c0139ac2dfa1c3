"""Write the page: ``python -m tests.serving.real_life``. Exit code 1 where state and tables say different things."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from data.files import write_text
from tests.serving.real_life.lives import lives
from tests.serving.real_life.page import PAGE, page
from tests.serving.real_life.told import MOMENTS, tell


def main() -> int:
    """Return the exit code."""
    with TemporaryDirectory() as folder:
        told = tell(lives(), Path(folder), MOMENTS)
    write_text(page(told), PAGE)
    differing = [each for shown in told.lives for each in shown.differing]
    print(f"{PAGE}: {len(told.lives)} lives, {len(told.names)} features, {len(differing)} differences")
    return int(bool(differing))


if __name__ == "__main__":
    sys.exit(main())
