"""docs/reference/alerts.md, from the rules of the product report and their sentences."""

from tests.checks.docs.reference import markdown
from training.products.alerts.rules import KINDS
from training.products.alerts.wording import ADVICE, EVIDENCE

INTRO = """\
What the product report can find about a product, with the sentences that the pages show. `{…}` stands for a number of
the evidence. Several kinds have more advice than this, for when the evidence points to certain sizes, colors or to the
supplier. The parameters are in the section [products](params.md#products) of `params.yaml`."""


def page() -> str:
    """Make the page."""
    rows = ((markdown.code(kind), _shown(EVIDENCE[kind]), _shown(ADVICE[kind])) for kind in KINDS)
    return markdown.page("Alerts", INTRO, markdown.table(("kind", "evidence", "advice"), rows))


def _shown(template: str) -> str:
    """The sentence without the formats of its numbers."""
    parts = []
    for piece in template.split("{"):
        name, closed, rest = piece.partition("}")
        parts.append(f"`{{{name.partition(':')[0]}}}`{rest}" if closed else piece)
    return "".join(parts)
