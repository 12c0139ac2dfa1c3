"""The steps of a recipe in the docs: blocks of code, each with the file that it belongs to as its title."""

import re
from dataclasses import dataclass
from pathlib import Path

TITLED = re.compile(r'^```python title="(?P<file>[^"]+)"\n(?P<code>.*?)^```$', re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    """The ``code`` that a recipe puts into ``file``: a new file, or lines of one that stands there."""

    file: str
    code: str

    def added(self, top: Path, below: str) -> str:
        """The file under ``top`` with the code's imports below its own, and the rest below the line ``below``."""
        text = (top / self.file).read_text(encoding="utf-8")
        lines = self.code.splitlines(keepends=True)
        imports = "".join(line for line in lines if line.startswith("from "))
        others = "".join(line for line in lines if not line.startswith("from "))
        assert text.count(f"{below}\n") == 1, f"{self.file} has no line {below!r}, or several"
        last = list(re.finditer(r"^from .* import .*\n", text, re.MULTILINE))[-1].end()
        return (text[:last] + imports + text[last:]).replace(f"{below}\n", f"{below}\n{others}")


def steps(page: Path, heading: str) -> list[Step]:
    """The steps below ``heading``, up to the next heading of its level."""
    level = heading.split(" ", 1)[0]
    section = page.read_text(encoding="utf-8").partition(f"\n{heading}\n")[2].partition(f"\n{level} ")[0]
    return [Step(found["file"], found["code"]) for found in TITLED.finditer(section)]
