"""`data.number_format` alone writes money, because it knows the minor units of each currency.

Money is what a name or a column says it is: ``price_minor``, ``money``, ``prices``.
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from tests.checks.imports import FOLDERS

FORMATTER = Path("data/number_format.py")
FIX = f"fix: let {FORMATTER} write it, with its currency"
MONEY = re.compile(r"(^|_)(minor|money|price|prices)(_|$)")
BABEL = "babel.numbers"
POWERS = {float(10**digits) for digits in range(1, 5)}
_BY_HAND = re.compile(r"\w+_minor\b\s*(?:/|\|\s*(?!money\b|price\b|short_money\b)\w+)|\|\s*format\([^)]*_minor\b")
"""In a template: money that is divided, or formatted by a filter without a currency."""


def problems() -> Iterator[str]:
    """One line for each place that writes money by itself, with its fix."""
    for folder in FOLDERS:
        for path in sorted(Path(folder).rglob("*.py")):
            if path != FORMATTER:
                yield from of_code(path, path.read_text(encoding="utf-8"))
        for path in sorted(Path(folder).rglob("*.j2")):
            yield from of_template(path, path.read_text(encoding="utf-8"))
    for path in sorted(Path("notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for number, cell in enumerate(cells):
            if cell["cell_type"] == "code":
                yield from of_code(Path(f"{path}[{number}]"), "".join(cell["source"]))


def of_code(path: Path, text: str) -> Iterator[str]:
    """Find imports of Babel's own formats, money divided by a power of ten, and money in a format of Python's."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import(names) if any(alias.name == BABEL for alias in names):
                yield f"{path}:{node.lineno}: imports {BABEL}; {FIX}"
            case ast.ImportFrom(module, names) if module == BABEL or (
                module == "babel" and any(alias.name == "numbers" for alias in names)
            ):
                yield f"{path}:{node.lineno}: imports {BABEL}; {FIX}"
            case ast.BinOp(left, ast.Div() | ast.FloorDiv(), ast.Constant(value)) if value in POWERS and _money(left):
                yield f"{path}:{node.lineno}: divides money by {value}; {FIX}"
            case ast.FormattedValue(value, format_spec=ast.JoinedStr()) if _money(value):
                yield f"{path}:{node.lineno}: formats money; {FIX}"
            case ast.Call(ast.Name("format"), [value, _]) if _money(value):
                yield f"{path}:{node.lineno}: formats money; {FIX}"


def of_template(path: Path, text: str) -> Iterator[str]:
    """Find money that a template divides, or formats with a filter without a currency."""
    for match in _BY_HAND.finditer(text):
        yield f"{path}:{text.count(chr(10), 0, match.start()) + 1}: writes {match.group()!r}; {FIX}"


def _money(node: ast.AST) -> bool:
    """Whether an expression holds a name, an attribute or a column of money."""
    for part in ast.walk(node):
        match part:
            case ast.Name(name) | ast.Attribute(attr=name) | ast.Constant(str(name)) if MONEY.search(name):
                return True
    return False
