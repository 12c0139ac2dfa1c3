"""Documents that are no text of records, told by their content: pages, spreadsheets of other kinds, and archives."""

import codecs
import re
from collections.abc import Collection
from dataclasses import dataclass

LOOKED_AT = 4096
"""Bytes at the begin of a file that say what it is."""

WORKBOOK = "xl/workbook.xml"
"""The member of a zip that makes it an Excel workbook (.xlsx)."""

SAVE = "open it in a spreadsheet program, and save the sheet as CSV (UTF-8) or as a workbook (.xlsx)"
UNPACK = "unpack it, or pack it as .gz or .zip"
EXPORT = "name the file of the shop's export"


@dataclass(frozen=True)
class Document:
    """What a file is, and how it becomes one that can be read."""

    what: str
    fix: str


XLSX = Document(
    "an Excel workbook (.xlsx)",
    "save the sheet as CSV (UTF-8) in the spreadsheet program, or set format: xlsx in the mapping's files",
)
_BY_START = {
    b"\xd0\xcf\x11\xe0": Document("an Excel workbook of the old kind (.xls)", SAVE),
    b"%PDF": Document("a PDF document", "export the table itself: the shop's system also writes CSV or Excel files"),
    b"PAR1": Document("a Parquet file", "set format: parquet under the file in the mapping"),
    b"{\\rtf": Document("a text document (RTF)", SAVE),
    b"SQLite format 3\0": Document("a database (SQLite)", "export its tables as CSV"),
    b"7z\xbc\xaf": Document("an archive (7z)", UNPACK),
    b"Rar!": Document("an archive (RAR)", UNPACK),
    b"BZh": Document("an archive (bzip2)", UNPACK),
    b"\xfd7zXZ": Document("an archive (xz)", UNPACK),
    b"\x28\xb5\x2f\xfd": Document("an archive (Zstandard)", UNPACK),
    b"\x89PNG": Document("a picture", EXPORT),
    b"\xff\xd8\xff": Document("a picture", EXPORT),
    b"GIF8": Document("a picture", EXPORT),
}
_BY_MEMBER = {
    WORKBOOK: XLSX,
    "xl/workbook.bin": Document("an Excel workbook of the binary kind (.xlsb)", SAVE),
    "word/document.xml": Document("a text document (.docx)", SAVE),
    "content.xml": Document("an OpenDocument file (.ods)", SAVE),
    "Index/Document.iwa": Document("a document of Apple's programs, such as Numbers", SAVE),
}
_PAGE = re.compile(rb"<(?:!doctype html|html|head|body|table|style|meta|div|script|title)[\s>]", re.IGNORECASE)
_SHEET = re.compile(rb"urn:schemas-microsoft-com:office:spreadsheet|progid=\"Excel", re.IGNORECASE)
_HTML = Document(
    "an HTML page: a table under the name of a spreadsheet, or a page of an error or a sign-in",
    f"look at it in a browser; if it is the table, {SAVE}; otherwise export it again",
)
_OTHERS = (
    (_PAGE, _HTML),
    (re.compile(rb"<\?xml"), Document("an XML file", "export it as CSV or as a workbook (.xlsx)")),
    (re.compile(rb"mime-version:", re.IGNORECASE), Document("a web archive (MHTML)", SAVE)),
)


def kind(start: bytes, members: Collection[str]) -> Document | None:
    """Say which document a file is by its ``start``, and by the ``members`` of a zip; None for what may be records."""
    for sign, document in _BY_START.items():
        if start.startswith(sign):
            return document
    found = next((document for member, document in _BY_MEMBER.items() if member in members), None)
    if found is not None:
        return found
    wide = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = (start.replace(b"\0", b"")[2:] if wide else start.removeprefix(codecs.BOM_UTF8)).lstrip()
    if text.startswith(b"<?xml") and _SHEET.search(text):
        return Document("a spreadsheet as XML", SAVE)
    return next((document for sign, document in _OTHERS if sign.match(text)), None)
