from pathlib import Path

import pytest

from tests.checks.one_home import HOMES, findings

ANYWHERE = Path("serving/shop.py")


@pytest.mark.parametrize(
    "text",
    [
        "import time\nnow = time.time_ns() // 1000",
        "import time\ndef wait(clock=time.time): ...",
        "import time as t\nnow = t.time()",
        "from time import time_ns\nnow = time_ns()",
        "from datetime import UTC, datetime\nnow = datetime.now(UTC)",
        "import datetime as dt\ntoday = dt.date.today()",
        "import pandas as pd\nnow = pd.Timestamp.now()",
        "def late():\n    from datetime import datetime\n    return datetime.utcnow()",
    ],
)
def test_a_clock_of_its_own_is_found_however_it_is_imported(text: str) -> None:
    (found,) = findings(ANYWHERE, text)
    assert found == (
        f"serving/shop.py:{len(text.splitlines())}: the time of day is read outside data/times.py; "
        "fix: take now_us or utc_now from there"
    )


@pytest.mark.parametrize(
    ("text", "home"),
    [
        ("from datetime import datetime\nEPOCH = datetime(1970, 1, 1)", "data/times.py"),
        ("from datetime import UTC, datetime\nEPOCH = datetime(1970, 1, 1, tzinfo=UTC)", "data/times.py"),
        ("from datetime import datetime\nEPOCH = datetime.fromisoformat('1970-01-01T00:00')", "data/times.py"),
        ("import numpy as np\nimport numpy.typing as npt\nFloats = npt.NDArray[np.float64]", "data/arrays.py"),
        ("import numpy as np\ndef f(x: np.typing.NDArray[np.int64]): ...", "data/arrays.py"),
        ("import numpy\nfrom numpy.typing import NDArray\nx: NDArray[numpy.bool_]", "data/arrays.py"),
        ("import logging\nlog = logging.getLogger(__name__)", "data/logs.py"),
        ("import logging\nlog = logging.getLogger('return_risk')", "data/logs.py"),
        ("from logging import getLogger\nlog = getLogger()", "data/logs.py"),
        ("import csv\nrows = csv.writer(file)", "data/writing/csv_text.py"),
        ("from csv import DictWriter\nrows = DictWriter(file, [])", "data/writing/csv_text.py"),
        ("def save(frame):\n    frame.to_csv('a.csv')", "data/writing/csv_text.py"),
        ("import pyarrow.csv as pa_csv\npa_csv.write_csv(table, 'a.csv')", "data/writing/csv_text.py"),
    ],
)
def test_what_has_a_home_is_found_outside_it(text: str, home: str) -> None:
    (found,) = findings(ANYWHERE, text)
    assert home in found
    assert list(findings(Path(home), text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "import time\nbegan = time.monotonic()\ntook = time.perf_counter()\ntime.sleep(1)",
        "from datetime import datetime\nSTART = datetime(2024, 3, 1)\nFIRST = datetime(1970, 1, 2)",
        "from datetime import datetime\ndef read(text):\n    return datetime.fromisoformat(text)",
        "import numpy as np\nimport numpy.typing as npt\ny: npt.NDArray[np.int8]",
        "import logging\nlevel = logging.INFO",
        "import csv\nrows = csv.reader(file)",
        "def now(feed):\n    return feed.time() + feed.clock.now()",
    ],
)
def test_what_is_none_of_these_is_left_alone(text: str) -> None:
    assert list(findings(ANYWHERE, text)) == []


def test_every_home_and_every_exception_is_needed() -> None:
    for home in HOMES:
        for path in (home.file, *home.exceptions):
            text = Path(path).read_text(encoding="utf-8")
            assert any(home.what in found for found in findings(ANYWHERE, text)), path
