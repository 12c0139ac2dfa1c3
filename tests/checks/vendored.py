"""The JavaScript of others that the pages use lies in the project, byte for byte as the npm registry has it.

``python -m tests.checks.vendored`` checks it; with ``NAME@VERSION …`` it takes these versions over from npm first.
"""

import hashlib
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

FOLDER = Path("serving/products/static/vendor")
LISTED = "vendored.json"
SOURCES = {
    "htmx.org": "dist/htmx.min.js",
    "vega": "build/vega.min.js",
    "vega-interpreter": "build/vega-interpreter.js",
    "vega-lite": "build/vega-lite.min.js",
}
"""Packages and the file that is taken of each."""


class Vendored(BaseModel):
    """One file: where it is from, what it is licensed under, and the hash that it must have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    version: str
    source: str
    file: str
    sha256: str
    licence: str
    licence_file: str


_LIST = TypeAdapter(list[Vendored])


def problems(folder: Path = FOLDER) -> Iterator[str]:
    """One line for each file that is not as listed, lacks its licence, or is not listed at all."""
    if not folder.is_dir():
        return
    listed = _LIST.validate_json((folder / LISTED).read_bytes())
    for each in listed:
        path = folder / each.file
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != each.sha256:
            wanted = f"{each.name}@{each.version}"
            yield f"{path}: not as {wanted} has it; fix: python -m tests.checks.vendored {wanted}"
        if not (folder / each.licence_file).is_file():
            yield f"{folder / each.licence_file}: the licence of {each.name} is missing; fix: restore it"
    known = {LISTED} | {each.file for each in listed} | {each.licence_file for each in listed}
    for name in sorted({path.name for path in folder.iterdir()} - known):
        yield f"{folder / name}: not listed in {LISTED}; fix: remove it, or add its package to SOURCES"


def take(wanted: list[str], folder: Path = FOLDER) -> None:
    """Take ``NAME@VERSION`` over from npm, each in place of what was there of it."""
    path = folder / LISTED
    listed = {each.name: each for each in _LIST.validate_json(path.read_bytes())} if path.exists() else {}
    for package in wanted:
        name, _, version = package.rpartition("@")
        listed[name] = _taken(name, version, folder)
    content = [listed[name].model_dump() for name in sorted(listed)]
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _taken(name: str, version: str, folder: Path) -> Vendored:
    with tarfile.open(fileobj=io.BytesIO(_packed(f"{name}@{version}"))) as archive:
        code = _read(archive, SOURCES[name])
        licence = _read(archive, "LICENSE")
        about = json.loads(_read(archive, "package.json"))
    file, licence_file = Path(SOURCES[name]).name, f"{name}.LICENSE.txt"
    (folder / file).write_bytes(code)
    (folder / licence_file).write_bytes(licence)
    return Vendored(
        name=name,
        version=about["version"],
        source=SOURCES[name],
        file=file,
        sha256=hashlib.sha256(code).hexdigest(),
        licence=about["license"],
        licence_file=licence_file,
    )


def _packed(package: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", folder, package]
        subprocess.run(command, check=True, capture_output=True)
        return next(Path(folder).iterdir()).read_bytes()


def _read(archive: tarfile.TarFile, path: str) -> bytes:
    member = archive.extractfile(f"package/{path}")
    if member is None:
        raise ValueError(f"{path} is no file of the package")
    return member.read()


if __name__ == "__main__":
    take(sys.argv[1:])
    found = list(problems())
    print(*found, sep="\n", end="\n" if found else "")
    raise SystemExit(min(len(found), 1))
