"""Looks up the packages of the lock among the known advisories, by pip-audit.

``python -m tests.checks.advisories`` ends with 0 where no package has an advisory, with 1 where one has, and with
`NOT_AUDITED` where no advisory data can be had, which it says: it needs a network. pip-audit passes a package that its
source does not know, and a mirror of an index may know no advisory at all. So a source counts only if it knows an
advisory that is known to exist.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

LOCK: Final = Path("requirements.lock")
SOURCES: Final = ("osv", "pypi")
NOT_AUDITED: Final = 3
KNOWN: Final = "jinja2==2.10"
"""A release with advisories since 2019, such as CVE-2019-10906."""
ACCEPTED: Final[Mapping[str, str]] = {}
"""Advisories that do not concern this project: the id of each, and why."""
PATIENCE_SECONDS: Final = 600


@dataclass(frozen=True)
class Audit:
    """What a source knows of packages: how many it ``knows``, the ``unknown`` ones, and the ``advisories`` found."""

    source: str
    knows: int
    unknown: tuple[str, ...]
    advisories: tuple[str, ...]


class NoDataError(Exception):
    """A source of advisories can't be used; the message says why."""


def main() -> int:
    """Audit the lock with the first source that can be used, and print what came of it."""
    reasons = []
    for source in SOURCES:
        try:
            found = audit(source)
        except NoDataError as error:
            reasons.append(f"{source}: {error}")
        else:
            print(*_report(found), sep="\n")
            return 1 if found.advisories else 0
    print(f"advisories: NOT AUDITED, no advisory data can be had. This is no finding that there are none. {reasons}")
    return NOT_AUDITED


def audit(source: str) -> Audit:
    """Look up the lock's packages at ``source``; `NoDataError` where it can't be reached, or knows no advisories."""
    with tempfile.TemporaryDirectory() as folder:
        known = Path(folder) / "known.txt"
        known.write_text(f"{KNOWN}\n", encoding="utf-8")
        if not any(package.get("vulns") for package in _packages(source, known, "--no-deps")):
            raise NoDataError(f"it knows no advisory of {KNOWN}, which has some")
    packages = _packages(source, LOCK, "--require-hashes")
    unknown = tuple(package["name"] for package in packages if "skip_reason" in package)
    return Audit(source, len(packages) - len(unknown), unknown, tuple(_advisories(packages)))


def _advisories(packages: list[dict[str, Any]]) -> Iterator[str]:
    for package in packages:
        for each in package.get("vulns", ()):
            if ACCEPTED.keys().isdisjoint({each["id"], *each.get("aliases", ())}):
                mended = " or ".join(each["fix_versions"]) or "no release yet"
                yield f"{package['name']} {package['version']}: {each['id']}; fix: {mended}, or list it in ACCEPTED"


def _report(found: Audit) -> Iterator[str]:
    yield f"advisories ({found.source}): {found.knows} packages looked up, {len(found.advisories)} advisories"
    if found.unknown:
        yield f"  NOT AUDITED, as {found.source} does not know them: {', '.join(found.unknown)}"
    yield from (f"  {line}" for line in found.advisories)


def _packages(source: str, requirements: Path, option: str) -> list[dict[str, Any]]:
    """Run pip-audit; it ends with 1 both where it finds advisories and where it fails, so that its output counts."""
    beside = Path(sys.executable).with_name("pip-audit")
    program = str(beside) if beside.exists() else shutil.which("pip-audit")
    if program is None:
        raise NoDataError("there is no pip-audit; fix: make env")
    command = [program, "-r", str(requirements), option, "--disable-pip", "-s", source, "-f", "json"]
    command += ["--progress-spinner", "off"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except subprocess.TimeoutExpired:
        raise NoDataError(f"no answer in {PATIENCE_SECONDS} s") from None
    except (ValueError, KeyError):
        raise NoDataError((done.stderr.strip().splitlines() or ["it said nothing"])[-1]) from None
    return packages


if __name__ == "__main__":
    sys.exit(main())
