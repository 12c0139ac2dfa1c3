"""The files that pages load: held in memory, with a hash of their content in the address, so that browsers cache them.

A changed file has another address.
"""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent.parent / "static"
ROOT: Final = "/products/static"
TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True)
class Asset:
    """One file, plain and packed with gzip."""

    content: bytes
    packed: bytes
    media_type: str


class Assets:
    """All files of a folder. ``version`` is the hash of them all and part of every address."""

    def __init__(self, folder: Path = FOLDER) -> None:
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        self._files = {path.relative_to(folder).as_posix(): _read(path) for path in paths}
        names = (name.encode() + hashlib.sha256(asset.content).digest() for name, asset in self._files.items())
        self.version = hashlib.sha256(b"".join(names)).hexdigest()[:16]

    def url(self, name: str) -> str:
        """Give the address of a file; `KeyError` where there is no such file."""
        if name not in self._files:
            raise KeyError(name)
        return f"{ROOT}/{self.version}/{name}"

    def find(self, version: str, name: str) -> Asset | None:
        """Give a file; None where there is no such file, or the version is another one."""
        return self._files.get(name) if version == self.version else None


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    return Asset(content, gzip.compress(content, mtime=0), TYPES[path.suffix])
