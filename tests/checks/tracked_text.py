"""No file of the project names a package index or a folder of the machine that it was written on."""

import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

FORBIDDEN = {
    "the host of a package index": re.compile(r"(pypi|pythonhosted|npmjs|debian|conda|anaconda)[.](org|com)\b"),
    "an option that names a package index": re.compile(r"(?m)^\s*--(index-url|extra-index-url|find-links)[ =]"),
    "a path of one machine": re.compile(r"(?<![\w.$}*-])/(root|work|farm)/[\w.]"),
    "a folder of temporary files of one machine": re.compile(r"/tmp/(bash_jobs|tmp[.])"),
}  # fmt: skip


def problems() -> Iterator[str]:
    """One line for each place, with its fix."""
    for path in files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        yield from findings(path, text, (Path.cwd(), Path.home()))


def findings(path: Path, text: str, here: Iterable[Path] = ()) -> Iterator[str]:
    """The forbidden places in ``text``, the content of ``path``; ``here``: folders of this machine."""
    own = [("a folder of this machine", re.compile(re.escape(f"{folder}/"))) for folder in here]
    for what, pattern in (*FORBIDDEN.items(), *own):
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield f"{path}:{line}: {what}: {match.group().strip()!r}; fix: take it from the environment"


def files() -> list[Path]:
    """The files that git tracks, and new files that it does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    )
    return [path for name in listed.stdout.split("\0") if name and (path := Path(name)).is_file()]
