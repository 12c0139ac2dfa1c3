"""Returns with comments in English, German and Chinese. Some lack a recorded reason; the true reason is known."""

import csv
import io
from dataclasses import dataclass

import numpy as np

from tests.data.sources.mapped.files_of_a_shop import HEADER, FilesOfAShop

PHRASES = {
    "SIZE_TOO_SMALL": (
        "too small", "much too tight around the hips", "need a bigger size",
        "zu klein", "fällt klein aus", "an den Schultern zu eng",
        "太小了", "尺码偏小", "腰太紧",
    ),
    "SIZE_TOO_LARGE": (
        "too big", "far too loose", "need a smaller size",
        "zu groß", "fällt groß aus", "viel zu weit",
        "太大了", "尺码偏大", "太宽松",
    ),
    "DEFECTIVE": (
        "broken on arrival", "the seam came apart", "stopped working after two days",
        "kaputt", "Naht gerissen", "funktioniert nicht",
        "坏了", "开线了", "用了两天就不工作",
    ),
    "COLOR": (
        "the colour does not suit me", "a strange shade of blue",
        "die Farbe steht mir nicht", "Farbton zu dunkel",
        "颜色不喜欢", "颜色太深",
    ),
}  # fmt: skip
VAGUE = ("returned", "siehe Mail", "退货", "👎", "as discussed on the phone")
"""Comments without information: they occur with all reasons alike."""

STARTS = ("", "hello, ", "sorry but ", "leider ", "wie immer ", "我觉得", "不好意思 ")
ENDS = ("", " thanks", " danke", "谢谢", "!!", ' "again"', "\nErika Mustermann\nLindenweg 7", " :(")
ODD = ("", "   ", "👍", "x" * 100_000, "ъъъ щщщ", '"""', "\n\n", "';--")
"""Comments without a recorded reason, and without any hint of a reason."""

HEAD = ("id", "line", "time", "pieces", "why", "words")
SHARE_WRONG, SHARE_VAGUE = 0.03, 0.15


@dataclass(frozen=True)
class Said:
    """The comment of one customer, its true reason (None: no reason), and the reason that the shop recorded."""

    words: str
    meant: str | None
    recorded: str


def customers(with_reason: int, without: int, seed: int = 1) -> list[Said]:
    """Draw comments: first those that a reason was recorded for, a few of them wrongly, then those without."""
    draw = np.random.default_rng(seed)
    said = []
    for place in range(with_reason + without):
        meant = str(draw.choice(list(PHRASES)))
        words = str(draw.choice(STARTS)) + str(draw.choice(PHRASES[meant])) + str(draw.choice(ENDS))
        vague = bool(draw.random() < SHARE_VAGUE)
        recorded = str(draw.choice(list(PHRASES))) if draw.random() < SHARE_WRONG else meant
        nothing = ("", "UNKNOWN")[place % 2]
        said.append(
            Said(
                str(draw.choice(VAGUE)) if vague else words,
                None if vague else meant,
                recorded if place < with_reason else nothing,
            )
        )
    return said


def write(shop: FilesOfAShop, said: list[Said]) -> None:
    """Let ``shop`` have a line and its return ``rN`` for each of ``said``, two lines an order, and map the comments."""
    line = "l{0},o{1},c{1},p1,2024-03-01 10:00,1,5\n"
    shop.write("lines.csv", HEADER + "".join(line.format(place, place // 2) for place in range(len(said))))
    rows = [(f"r{place}", f"l{place}", "2024-03-09", "1", one.recorded, one.words) for place, one in enumerate(said)]
    shop.write("returns.csv", as_csv([HEAD, *rows]))
    del shop.mapping["returns"]["reasons"]
    shop.mapping["returns"]["comment"] = "words"


def as_csv(rows: list[tuple[str, ...]]) -> str:
    """Write ``rows`` with quotes where they are needed."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
