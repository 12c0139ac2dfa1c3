"""docs/explanation/real-life.md, from what became of the lives."""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from data.arrays import Floats
from features.online_state.events import Receipt
from tests.checks.docs.pages import FOLDER
from tests.checks.docs.reference import markdown
from tests.serving.real_life.told import Shown, Told

PAGE: Path = FOLDER / "explanation" / "real-life.md"
INTRO = """\
Orders are edited, cancelled, delivered in parts, returned in parts, returned and taken back; accounts are merged;
people correct what they typed. This table shows what such an event does to the counters of its customer, and that
the tables of the next training say the same.

`python -m tests.serving.real_life` tells these lives to a state and writes this page; a test holds the page to
what the state does. The question is always a basket of one line of the product `p1`. Three figures are those just
before the event, right after it, and 60 days later, when all windows have closed; one figure stands for three
equal ones, and *none* for a value that is missing. *Tables*: at each of the three moments `make tables` writes the
tables, and the offline execution computes the same basket's features from them. *The same* means all {features}
features of the basket, money and counts exactly and all others to a billionth."""
COLUMNS = {
    "lines": "customer_lines",
    "money, minor units": "customer_spend_minor",
    "open": "customer_open_lines",
    "returned": "customer_product_returned",
    "kept": "customer_product_kept",
    "value back": "customer_returned_value_share",
}
"""The shown features, by their heading."""
SENT = """\
Each block has what was known of the order before, and last the event that the row of the table is about. The
window of these shops is 14 days after delivery, and 21 days after the order where no delivery is known. The time
of the event is {now}."""
OUTRO = """\
- **An order counts as it is now.** A changed order counts as if it had been placed like this: at its own time,
  with its lines, prices and customer of now. A score of yesterday is not computed again.
- **A line is returned from the first piece on** (`outcome.returned_from_share`), and its value comes back by
  pieces: one of three is a third. That two pieces were kept is known at the close of the window.
- **The late return of a line that was kept** takes the *kept* back and counts at its own time, as if it had been
  told in time.
- **A cancelled line** leaves all counters of ordered lines, and has no outcome.
- **Two accounts that were merged** are one customer for every order, the earlier ones too. No event takes that
  back.
- **An erased customer** has no counters. The lines stay, as those of a guest, and go on to count for their
  products.
- **Not in the tables** are the facts of a product or customer inside an order
  ([Events](../how-to/events.md#what-to-know)): they serve that order alone.

[Events](../how-to/events.md) lists all kinds of events with their answers, and [Online state](online-state.md)
explains the mechanism."""


def page(told: Told) -> str:
    """Make the page."""
    headings = ("what happens", "answer", *COLUMNS, "tables")
    rows = (_row(each, told.names) for each in told.lives)
    now = str(told.lives[0].life.event["returned_at"])
    parts = (
        "# What real life looks like",
        INTRO.format(features=len(told.names)),
        markdown.table(headings, rows),
        "## What is behind it",
        OUTRO,
        "## What was sent",
        SENT.format(now=now),
        *_sent(told.lives),
    )
    return "\n\n".join(parts) + "\n"


def _row(shown: Shown, names: Sequence[str]) -> Iterator[str]:
    yield shown.life.title
    yield _answer(shown.receipt)
    for heading, name in COLUMNS.items():
        write = _share if heading == "value back" else _whole
        place = names.index(name)
        found, of_tables = (_three(each, place, write) for each in (shown.state, shown.tables))
        yield found if not shown.differing else f"{found} (tables: {of_tables})"
    yield "the same" if not shown.differing else f"differ in {', '.join(sorted({each[0] for each in shown.differing}))}"


def _answer(receipt: Receipt) -> str:
    return markdown.code(str(receipt.status)) + (f": {receipt.detail}" if receipt.detail else "")


def _three(values: Sequence[Floats], place: int, write: Callable[[float], str]) -> str:
    texts = [write(float(each[place])) for each in values]
    return texts[0] if len(set(texts)) == 1 else " → ".join(texts)


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _share(value: float) -> str:
    return "none" if math.isnan(value) else f"{value:.0%}"


def _sent(lives: Sequence[Shown]) -> Iterator[str]:
    for each in lives:
        events = [*each.life.known, each.life.event]
        yield f"**{each.life.title[0].upper()}{each.life.title[1:]}**"
        yield "\n".join(["```json", *(json.dumps(event) for event in events), "```"])
