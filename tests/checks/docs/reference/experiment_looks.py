"""docs/reference/experiment-looks.md, from `training.decisions.experiment_files.report`."""

from tests.checks.docs.reference import markdown
from training.decisions.experiment.measures import MEASURES
from training.decisions.experiment_files import report

INTRO = f"""\
What `make readout` writes to `{report.FILE}` in {report.OF_COMMAND.folder}, and the stage experiment in
{report.OF_STAGE.folder}: each measure at each look, in each scope.
`{report.DICTIONARY}` beside it says the same as this page. A row is known by
{", ".join(map(markdown.code, report.KEY))}. Times are UTC, and money is in minor units.

[Reading an experiment](../how-to/reading-an-experiment.md) explains how to use it."""


def page() -> str:
    """Make the page."""
    rows = ((markdown.code(one.name), str(one.dtype), one.unit, one.meaning) for one in report.COLUMNS)
    measures = ((markdown.code(one.name), one.unit, one.meaning) for one in MEASURES)
    return markdown.page(
        "Looks at experiments",
        INTRO,
        markdown.table(("column", "dtype", "unit", "meaning"), rows),
        "## Measures",
        markdown.table(("measure", "unit", "meaning"), measures),
    )
