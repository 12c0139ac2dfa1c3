"""docs/reference/covariates.md, from `training.decisions.covariates`."""

from data.logged.decisions import Decision
from tests.checks.docs.reference import markdown
from training.decisions.covariates import MEANINGS, NAMES

INTRO = """\
What is known of a basket before its draw, as each line of the decision log has it under `covariates`; null where it is
unknown.
No draw has moved them, so an effect may be learned from them. A line about a basket that no action fits has none."""
LOG = """\
A line of the log has these fields. `data/logged/decisions.py` says what each means, and which of them lines of earlier
versions lack."""


def page() -> str:
    """Make the page."""
    rows = ((markdown.code(name), MEANINGS[name]) for name in NAMES)
    fields = ", ".join(markdown.code(name) for name in Decision.__dataclass_fields__)
    return markdown.page(
        "Covariates of decisions",
        INTRO,
        markdown.table(("covariate", "meaning"), rows),
        "## The decision log",
        LOG,
        fields,
    )
