"""Vendored JavaScript: the third-party files of pages and docs, byte for byte as in the npm registry.

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
from dataclasses import dataclass
from pathlib import Path

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from pydantic import BaseModel, ConfigDict, TypeAdapter

FOLDER = Path("serving/products/static/vendor")
DOCS = Path("docs/vendor")
LISTED = "vendored.json"
MISNAMED = {"BSD-0-Clause": "0BSD"}
"""Licences that a package names by another word than the id of SPDX."""


@dataclass(frozen=True)
class Source:
    """One vendored file: ``path`` in the package, copied into ``folder`` as ``name``."""

    path: str
    name: str
    folder: Path = FOLDER


SOURCES = {
    "htmx.org": Source("dist/htmx.min.js", "htmx.min.js"),
    "iframe-worker": Source("shim/index.js", "iframe-worker.js", DOCS),  # lets docs be searched where no server is
    "vega": Source("build/vega.min.js", "vega.min.js"),
    "vega-interpreter": Source("build/vega-interpreter.js", "vega-interpreter.js"),
    "vega-lite": Source("build/vega-lite.min.js", "vega-lite.min.js"),
}
"""Packages, and the file to vendor from each."""


class Vendored(BaseModel):
    """One file: its origin, its licence (an id or expression of SPDX), and its expected hash."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    version: str
    source: str
    file: str
    sha256: str
    licence: str
    licence_file: str


_LIST = TypeAdapter(list[Vendored])


def problems() -> Iterator[str]:
    """One line for each file that is not as listed, lacks its licence, or is not listed at all."""
    for folder in (FOLDER, DOCS):
        yield from of_folder(folder)


def of_folder(folder: Path) -> Iterator[str]:
    """The problems of one folder; none where the folder does not exist."""
    if not folder.is_dir():
        return
    listed = _LIST.validate_json((folder / LISTED).read_bytes())
    for each in listed:
        path = folder / each.file
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != each.sha256:
            wanted = f"{each.name}@{each.version}"
            yield f"{path}: differs from {wanted}; fix: python -m tests.checks.vendored {wanted}"
        if not is_spdx(each.licence):
            yield f"{folder / LISTED}: {each.name} has the licence {each.licence}, no id of SPDX; fix: see MISNAMED"
        if not (folder / each.licence_file).is_file():
            yield f"{folder / each.licence_file}: the licence of {each.name} is missing; fix: restore it"
    known = {LISTED} | {each.file for each in listed} | {each.licence_file for each in listed}
    for name in sorted({path.name for path in folder.iterdir()} - known):
        yield f"{folder / name}: not listed in {LISTED}; fix: remove it, or add its package to SOURCES"


def is_spdx(licence: str) -> bool:
    """Whether ``licence`` is an expression of SPDX ids, spelt as SPDX spells them."""
    try:
        return canonicalize_license_expression(licence) == licence
    except InvalidLicenseExpression:
        return False


def take(wanted: list[str]) -> None:
    """Download each ``NAME@VERSION`` from npm, and replace the vendored files of the package."""
    for package in wanted:
        name, _, version = package.rpartition("@")
        path = SOURCES[name].folder / LISTED
        listed = {each.name: each for each in _LIST.validate_json(path.read_bytes())} if path.exists() else {}
        listed[name] = _taken(name, version)
        content = [listed[name].model_dump() for name in sorted(listed)]
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _taken(name: str, version: str) -> Vendored:
    source = SOURCES[name]
    with tarfile.open(fileobj=io.BytesIO(_packed(f"{name}@{version}"))) as archive:
        code = _read(archive, source.path)
        licence = _read(archive, "LICENSE")
        about = json.loads(_read(archive, "package.json"))
    licence_file = f"{name}.LICENSE.txt"
    (source.folder / source.name).write_bytes(code)
    (source.folder / licence_file).write_bytes(licence)
    return Vendored(
        name=name,
        version=about["version"],
        source=source.path,
        file=source.name,
        sha256=hashlib.sha256(code).hexdigest(),
        licence=MISNAMED.get(about["license"], about["license"]),
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
