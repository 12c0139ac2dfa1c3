"""The clock, the epoch, arrays, the log and CSV are defined once, in data, and no other module makes its own."""

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.checks import tracked_text

CLOCKS = frozenset(
    {
        *("time.time", "time.time_ns", "datetime.date.today"),
        *("datetime.datetime.now", "datetime.datetime.today", "datetime.datetime.utcnow"),
        *("pandas.Timestamp.now", "pandas.Timestamp.today"),
    }
)
"""What reads the time of day; clocks that measure how long something took may be read anywhere."""
ARRAYS = frozenset({"numpy.float64", "numpy.int64", "numpy.bool_"})

Names = Mapping[str, str]
"""What each imported name of a module stands for, in full."""


@dataclass(frozen=True)
class Home:
    """What is defined in ``file`` alone, and how other modules get it.

    ``exceptions``: paths, each with its reason. ``of_tests``: whether tests have to get it there, too.
    """

    what: str
    file: str
    fix: str
    makes: Callable[[ast.expr, Names], bool]
    exceptions: Mapping[str, str] = field(default_factory=dict)
    of_tests: bool = True


def problems() -> Iterator[str]:
    """One line for each place, with its fix."""
    for path in tracked_text.files():
        if path.suffix == ".py":
            yield from findings(path, path.read_text(encoding="utf-8"))


def findings(path: Path, text: str) -> Iterator[str]:
    """The places in ``text``, the content of ``path``, that define once more what has a home."""
    tree = ast.parse(text)
    names = dict(_imported(tree))
    homes = [home for home in HOMES if str(path) not in {home.file, *home.exceptions}]
    homes = [home for home in homes if home.of_tests or path.parts[0] != "tests"]
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            for home in homes:
                if home.makes(node, names):
                    yield f"{path}:{node.lineno}: {home.what} outside {home.file}; fix: {home.fix}"


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                bound = each.asname or each.name.partition(".")[0]
                yield bound, each.name if each.asname else bound
        elif isinstance(node, ast.ImportFrom):
            for each in node.names:
                yield each.asname or each.name, f"{node.module}.{each.name}"


def _in_full(node: ast.expr, names: Names) -> str:
    """Name what an expression such as ``np.float64`` stands for; empty where it is no imported name."""
    if isinstance(node, ast.Name):
        return names.get(node.id, "")
    if isinstance(node, ast.Attribute) and (whole := _in_full(node.value, names)):
        return f"{whole}.{node.attr}"
    return ""


def _is_clock(node: ast.expr, names: Names) -> bool:
    return _in_full(node, names) in CLOCKS


def _is_epoch(node: ast.expr, names: Names) -> bool:
    if not isinstance(node, ast.Call):
        return False
    made = _in_full(node.func, names)
    given = [each.value for each in node.args if isinstance(each, ast.Constant)]
    if made == "datetime.datetime.fromisoformat":
        return str(given[:1]).startswith("['1970-01-01")
    return made == "datetime.datetime" and given == [1970, 1, 1]


def _is_array(node: ast.expr, names: Names) -> bool:
    return (
        isinstance(node, ast.Subscript)
        and _in_full(node.value, names) == "numpy.typing.NDArray"
        and _in_full(node.slice, names) in ARRAYS
    )


def _is_csv_writer(node: ast.expr, names: Names) -> bool:
    """Whether CSV is written: by Python, by pandas, by Arrow, or by Polars."""
    if _in_full(node, names) in {"csv.writer", "csv.DictWriter"}:
        return True
    return isinstance(node, ast.Attribute) and node.attr in {"to_csv", "write_csv"}


def _is_logger(node: ast.expr, names: Names) -> bool:
    return _in_full(node, names) == "logging.getLogger"


HOMES = (
    Home("the time of day is read", "data/times.py", "take now_us or utc_now from there", _is_clock),
    Home(
        "1 January 1970 is written out",
        "data/times.py",
        "take to_us, from_us or table_time from there",
        _is_epoch,
        {"tests/data/test_times.py": "it holds the conversions to an epoch of its own"},
    ),
    Home("a type of array is spelled out", "data/arrays.py", "take Floats, Ints or Bools from there", _is_array),
    Home(
        "CSV is written",
        "data/writing/csv_text.py",
        "let for_people or for_programs of it write",
        _is_csv_writer,
        of_tests=False,
    ),
    Home(
        "a logger is made",
        "data/logs.py",
        "take log from there",
        _is_logger,
        {"training/registry/mlflow_calls.py": "it quiets the loggers of MLflow and of what MLflow uses"},
    ),
)
