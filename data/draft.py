"""Command `make mapping`: looks at a shop's files, writes a first mapping with comments, and tries it on the files."""

import argparse
import os
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from data.drafting import first_mapping, trial
from data.drafting.draft import Draft
from data.drafting.known import presets
from data.drafting.sheet import Sheet, open_sheets
from data.errors import UserError
from data.files import write_text
from data.params import load
from data.progress.steps import step
from data.sources.params import CommentParams, DataParams
from data.stage import run

DEFAULT = Path("data/mappings/my-shop.yaml")


def main() -> None:
    """Draft a mapping for the files of the command line."""
    parser = argparse.ArgumentParser(prog="python -m data.draft", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, help="the shop's files: CSV, TSV, xlsx, JSON lines or Parquet")
    parser.add_argument("--mapping", type=Path, default=DEFAULT, help=f"the file to write; default: {DEFAULT}")
    given = parser.parse_args()
    draft(given.files, given.mapping, load("data", DataParams).comments, Console(width=120))


def draft(files: list[Path], mapping: Path, comments: CommentParams, console: Console) -> bool:
    """Write a first ``mapping`` of ``files``, print what was found, and try it; return whether the try succeeded.

    Raises
    ------
    UserError
        As `write_first`.
    """
    return try_out(mapping, write_first(files, mapping, console), comments, console)


def write_first(files: list[Path], mapping: Path, console: Console) -> Path:
    """Write a first ``mapping`` of ``files``, and print what was found; return the folder that holds the files.

    Raises
    ------
    UserError
        ``mapping`` exists, or a file is missing, can't be read, or has nothing like order lines.
    """
    if mapping.exists():
        raise UserError(
            expected=f"{mapping} to be a new file: a mapping is never overwritten",
            found="a file",
            fix=f"name another one: make mapping FILES=… MAPPING={mapping.with_stem(mapping.stem + '-2')}",
        )
    folder = Path(os.path.commonpath([file.resolve().parent for file in files]))
    with (
        tempfile.TemporaryDirectory() as scratch,
        open_sheets([file.resolve() for file in files], folder, Path(scratch)) as sheets,
    ):
        found = _draft(sheets, mapping)
        _print(found, sheets, console)
    write_text(found.text(), mapping)
    return folder


def try_out(mapping: Path, folder: Path, comments: CommentParams, console: Console) -> bool:
    """Read the files in ``folder`` by ``mapping``, print what came of it, and return whether it succeeded."""
    with step("trial of the mapping"):
        worked, lines = trial.run(mapping, folder, comments)
    console.print(f"\n{mapping} on these files:", *lines, sep="\n  ", markup=False, highlight=False)
    console.print(
        "\nnext: go through the comments of the mapping, above all CHECK; then\n"
        f"  dvc exp run -S data.source=mapped -S data.path={folder} -S data.mapping={mapping}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    return worked


def _draft(sheets: list[Sheet], mapping: Path) -> Draft:
    known = presets.recognise(sheets)
    if known is None:
        found = first_mapping.draft(sheets)
        found.head = [
            f"{mapping.stem}: a first mapping, made of what the files look like. CHECK marks a guess.",
            *found.head,
        ]
    else:
        used = list(known.sheets.values())
        found = presets.adapt(known, [sheet for sheet in sheets if sheet not in used])
        found.head.insert(0, f"{mapping.stem}: made of {known.file}, whose columns these files have.")
    found.head.append("docs/reference/mapping.md describes every key.")
    return found


def _print(found: Draft, sheets: list[Sheet], console: Console) -> None:
    files = Table("file", "records", "layout", title="files", title_justify="left")
    for sheet in sheets:
        refused = f" ({sheet.unreadable:,} can't be read)" if sheet.unreadable else ""
        files.add_row(sheet.path, f"{sheet.rows:,}{refused}", sheet.how)
    columns = Table("canonical column", "found where", "shape of a value", title="columns", title_justify="left")
    for row in found.table:
        columns.add_row(row.column, row.where, row.shape)
    for line in found.head:
        console.print(line, markup=False, highlight=False)
    console.print(files, columns)


if __name__ == "__main__":
    run(main, long=True)
