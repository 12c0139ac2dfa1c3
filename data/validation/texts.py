"""The rules of a single text: no personal data in it, not too long, and on one line.

Nearly all columns of ids hold no sign of an email, a phone number with its country's code, or a line break. A look at
the bytes of a whole column shows that, in far less time than a search text by text; only a column with a sign is
searched. Of labels, each different one is judged once.
"""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from data.personal_data import cells, emails
from data.schema import LONGEST_ID, Table

PERSONAL, TOO_LONG, LINE_BREAK = "personal_data", "too_long", "line_break"
_SIGNS = tuple(sign.encode() for sign in f"{emails.SIGNS}+\uff0b")
_BREAKS = (b"\n", b"\r")


def broken(table: Table, chunk: pa.Table) -> Iterator[tuple[str, str, pa.Int64Array]]:
    """Find the texts of ``chunk`` that break a rule: the column, the rule, and the places in the chunk, from 0."""
    for name in chunk.column_names:
        longest = table.column(name).longest
        if longest is None:
            continue
        texts = chunk.column(name)
        if longest != LONGEST_ID or _holds(texts, _SIGNS):
            yield name, PERSONAL, _places(_personal(texts))
        if (pc.max(pc.binary_length(texts)).as_py() or 0) > longest:
            yield name, TOO_LONG, _places(pc.greater(pc.utf8_length(texts), longest))
        if _holds(texts, _BREAKS):
            yield name, LINE_BREAK, _places(pc.match_substring_regex(texts, "[\n\r]"))


def _holds(texts: pa.ChunkedArray, signs: tuple[bytes, ...]) -> bool:
    """Whether one of the ``signs`` may stand in the ``texts``: a slice shares its bytes with its neighbours."""
    contents = (chunk.buffers()[2] for chunk in texts.chunks)
    return any(sign in bytes(content) for content in contents if content is not None for sign in signs)


def _personal(texts: pa.ChunkedArray) -> pa.Array:
    """Say of each text whether it surely holds personal data."""
    different = [text for text in pc.unique(texts).to_pylist() if text is not None]
    found = {*cells.certain_among(different), *filter(emails.may_hold_email, different)}
    return pc.is_in(texts, pa.array(sorted(found), pa.string())) if found else pa.array([], pa.bool_())


def _places(found: pa.ChunkedArray | pa.Array) -> pa.Int64Array:
    flags = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    return pc.cast(pc.indices_nonzero(pc.fill_null(flags, False)), pa.int64())
