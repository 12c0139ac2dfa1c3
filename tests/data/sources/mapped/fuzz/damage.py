"""What happens to files on their way: a quote too many or too few, a cut, a wrong byte, rows doubled or shuffled."""

import os
import random
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from tests.data.sources.mapped.fuzz.layouts import Layout, Row

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "40"))
"""Files that each test of records draws; ``make fuzz`` draws thousands."""

TEXT_DAMAGES = ("stray quote", "lost quote", "cut", "byte")
ROW_DAMAGES = ("doubled", "shuffled")


@dataclass(frozen=True)
class Damage:
    """One damage; ``at`` is where: a place modulo the length, or the seed of the shuffle."""

    kind: str
    at: int
    byte: int = 0
    packed: bool = False
    """Whether the packed file is damaged, not the text within."""


def damages() -> st.SearchStrategy[Damage]:
    """Draw a damage."""
    return st.builds(
        Damage,
        kind=st.sampled_from([*TEXT_DAMAGES, *TEXT_DAMAGES, *ROW_DAMAGES]),
        at=st.integers(0, 5000),
        byte=st.one_of(st.just(0), st.integers(0x80, 0xFF)),
        packed=st.booleans(),
    )


def broken(layout: Layout, rows: list[Row], damage: Damage) -> tuple[bytes, bytes]:
    """Write ``rows`` in ``layout`` with the damage: the text, and the file."""
    names, *records = rows
    if damage.kind == "doubled":
        place = damage.at % len(records)
        records.insert(damage.at % 7 % (len(records) + 1), records[place])
    if damage.kind == "shuffled":
        random.Random(damage.at).shuffle(records)
    text = layout.write([names, *records])
    if damage.kind in ROW_DAMAGES:
        return text, layout.pack(text)
    if layout.kind == "xlsx" or (layout.packed and damage.packed):
        return text, _hurt(replace(layout, encoding="utf-8"), layout.pack(text), damage)
    text = _hurt(layout, text, damage)
    return text, layout.pack(text)


def _hurt(layout: Layout, content: bytes, damage: Damage) -> bytes:
    at = damage.at % len(content)
    wide = layout.encoding == "utf-16"
    quote = layout.quote.encode("utf-16-le" if wide else "utf-8")
    if damage.kind == "cut":
        return content[:at]
    if damage.kind == "stray quote":
        at -= at % 2 * wide
        return content[:at] + quote + content[at:]
    if damage.kind == "lost quote":
        places = [place for place in range(0, len(content), 1 + wide) if content.startswith(quote, place)]
        if not places:
            return content
        place = places[damage.at % len(places)]
        return content[:place] + content[place + len(quote) :]
    return content[:at] + bytes([damage.byte]) + content[at + 1 :]
