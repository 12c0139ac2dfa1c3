"""Files in the layouts that shops have, written from rows of text by a writer that shares no code with the reader."""

import gzip
import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from hypothesis import strategies as st

Row = tuple[str, ...]

NAMES = {"csv": "lines.csv", "jsonl": "lines.jsonl", "xlsx": "lines.xlsx"}


@dataclass(frozen=True)
class Layout:
    """How a file is written; ``block``: the bytes that the reader takes in at a time."""

    kind: str = "csv"
    delimiter: str = ","
    quote: str = '"'
    enclose: str = "needed"
    backslash: bool = False
    encoding: str = "utf-8"
    line_end: str = "\n"
    last_end: bool = True
    preamble: int = 0
    names_delimiter: bool = False
    footer: int = 0
    blank_end: int = 0
    packed: str = ""
    block: int = 1 << 24

    @property
    def name(self) -> str:
        """The file's name."""
        return NAMES[self.kind]

    @property
    def rule(self) -> dict[str, Any]:
        """The keys under ``files.lines`` of the mapping that describe the layout."""
        if self.kind == "xlsx":
            return {"path": self.name, "format": "xlsx"}
        rule: dict[str, Any] = {"path": self.name, "format": self.kind, "encoding": self.encoding}
        if self.kind == "jsonl":
            return rule
        quote = "none" if self.enclose == "never" else self.quote
        rule |= {"delimiter": self.delimiter, "quote": quote, "skip_lines": self.preamble, "footer_lines": self.footer}
        return rule | ({"escape": "\\"} if self.backslash else {})

    def holds(self, text: str) -> bool:
        """Whether a cell can hold ``text`` in this layout."""
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            return False
        return self.kind != "csv" or self.enclose != "never" or not any(sign in text for sign in ("\n", self.delimiter))

    def write(self, rows: list[Row]) -> bytes:
        """Write the header and the records in ``rows``, unpacked."""
        if self.kind == "xlsx":
            return workbook(rows)
        if self.kind == "jsonl":
            names, *records = rows
            return self._lines([json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) for row in records])
        lines = [f"Report {number}" for number in range(self.preamble)]
        lines += [f"sep={self.delimiter}"] * self.names_delimiter
        lines += [self.delimiter.join(map(self._cell, row)) for row in rows]
        lines += [f"Total {number}{self.delimiter}" for number in range(self.footer)]
        return self._lines(lines)

    def pack(self, content: bytes) -> bytes:
        """Pack ``content`` as the layout says."""
        if self.packed == "gz":
            return gzip.compress(content, mtime=0)
        if self.packed == "zip":
            target = io.BytesIO()
            with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(zipfile.ZipInfo("inner.csv"), content)
            return target.getvalue()
        return content

    def _lines(self, lines: list[str]) -> bytes:
        ends = ("\n", "\r\n") if self.line_end == "mixed" else (self.line_end,)
        text = "".join(line.replace("\n", ends[0]) + ends[number % len(ends)] for number, line in enumerate(lines))
        text = text if self.last_end else text.removesuffix("\n").removesuffix("\r")
        return (text + ends[0] * self.blank_end).encode(self.encoding)

    def _cell(self, text: str) -> str:
        signs = (self.delimiter, self.quote, "\n", "\r", *("\\" * self.backslash))
        if self.enclose == "never" or (self.enclose == "needed" and not any(sign in text for sign in signs)):
            return text
        if self.backslash:
            text = text.replace("\\", "\\\\").replace(self.quote, "\\" + self.quote)
        else:
            text = text.replace(self.quote, self.quote * 2)
        return self.quote + text + self.quote


def layouts(kinds: tuple[str, ...] = ("csv", "csv", "csv", "csv", "jsonl", "xlsx")) -> st.SearchStrategy[Layout]:
    """Draw a layout of one of ``kinds``."""
    return st.builds(
        Layout,
        kind=st.sampled_from(kinds),
        delimiter=st.sampled_from([",", ";", "\t", "|"]),
        quote=st.sampled_from(['"', '"', "'"]),
        enclose=st.sampled_from(["needed", "needed", "always", "never"]),
        backslash=st.sampled_from([False, False, True]),
        encoding=st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252", "gb18030", "cp932"]),
        line_end=st.sampled_from(["\n", "\r\n", "\r", "mixed"]),
        last_end=st.booleans(),
        preamble=st.sampled_from([0, 0, 1, 3]),
        names_delimiter=st.sampled_from([False, False, True]),
        footer=st.sampled_from([0, 0, 1, 2]),
        blank_end=st.sampled_from([0, 0, 0, 2]),
        packed=st.sampled_from(["", "", "", "gz", "zip"]),
        block=st.sampled_from([1 << 24, 16, 64, 200]),
    ).map(_possible)


def _possible(layout: Layout) -> Layout:
    """Take out what does not go together: no backslash where nothing is enclosed, no packed workbook."""
    changes: dict[str, Any] = {}
    if layout.enclose == "never":
        changes["backslash"] = False
    if layout.kind == "xlsx":
        changes["packed"] = ""
        changes["encoding"] = "utf-8"
    return Layout(**(layout.__dict__ | changes))


def workbook(rows: list[Row]) -> bytes:
    """Write an Excel workbook of one sheet with the texts ``rows``."""
    return workbook_of({"Lines": rows})


def workbook_of(sheets: dict[str, list[Row]]) -> bytes:
    """Write an Excel workbook of ``sheets`` with texts, by the least of ECMA-376 that a reader needs."""
    office = "http://schemas.openxmlformats.org"
    main, relations = f"{office}/spreadsheetml/2006/main", f"{office}/officeDocument/2006/relationships"
    package = f"{office}/package/2006"
    numbers = dict(enumerate(sheets, 1))
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}">'
        "<sheets>"
        + "".join(f'<sheet name="{name}" sheetId="{number}" r:id="r{number}"/>' for number, name in numbers.items())
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        + "".join(
            f'<Relationship Id="r{number}" Type="{relations}/worksheet" Target="worksheets/sheet{number}.xml"/>'
            for number in numbers
        )
        + "</Relationships>",
    }
    for number, name in numbers.items():
        rows = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in sheets[name])
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'
        )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)
    return target.getvalue()


def _cell(text: str) -> str:
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
