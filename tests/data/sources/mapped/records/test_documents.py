"""Documents under the name of a file of records are told by their content, and how they become readable."""

import codecs
import gzip
import io
import zipfile
from pathlib import Path

import pytest

from data.errors import UserError
from data.sources.mapped.records import documents, streams

PAGE = b"<html><table><tr><td>Order ID</td></tr></table></html>"
SHEET = b'<?xml version="1.0"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'


def zipped(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (PAGE, "an HTML page"),
        (b"\n <!DOCTYPE html>\n<title>Sign in</title>", "an HTML page"),
        (codecs.BOM_UTF8 + b"<style>td {}</style><table border=1>", "an HTML page"),
        (PAGE.decode().encode("utf-16"), "an HTML page"),
        (gzip.compress(PAGE, mtime=0), "an HTML page"),
        (zipped(orders=PAGE), "an HTML page"),
        (SHEET, "a spreadsheet as XML"),
        (b'<?xml version="1.0"?><orders/>', "an XML file"),
        (b"MIME-Version: 1.0\n", "a web archive"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "the old kind"),
        (b"%PDF-1.4", "a PDF"),
        (b"SQLite format 3\0", "a database"),
        (b"Rar!\x1a\x07", "an archive"),
        (b"\x89PNG\r\n", "a picture"),
        (zipped(mimetype=b"", content_xml=b""), "OpenDocument"),
        (zipped(word__document_xml=b""), "a text document"),
    ],
)
def test_a_document_is_refused_by_its_content_whatever_its_name(tmp_path: Path, content: bytes, found: str) -> None:
    file = tmp_path / "orders.xls"
    file.write_bytes(content)

    with pytest.raises(UserError, match=found) as caught:
        list(streams.blocks(file))

    assert "delimiter" not in caught.value.fix


@pytest.mark.parametrize(
    "start", [b"Order ID,SKU\n", b"<5 EUR,order\n", b"<order>;sku\n", b"{\n", b"BZ,order\n", b"", codecs.BOM_UTF8]
)
def test_texts_of_records_are_no_documents(start: bytes) -> None:
    assert documents.kind(start, []) is None
