"""Stage report: add the audit of fairness to the page of the evaluation, on whose predictions it was made."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from data import params
from data.errors import UserError
from data.files import read_json, write_text
from data.stage import run
from data.writing.unseen import shown_in_html
from training.audit.criteria import JUDGED, RISKIEST, Audited, Fairness
from training.audit.files import FAIRNESS, REPORT
from training.audit.groups import LEAST_CUSTOMERS
from training.registry.gate import Gate
from training.report.templates import AUDITS, EVALUATED, environment

TEMPLATES, TEMPLATE = Path(__file__).parent, "fairness.html.j2"
WORDS = {
    "calibration_gap": "Calibration gap",
    "false_alarms": "Kept, yet flagged",
    "acted_though_kept": "Kept, yet gets an action",
}
"""What the page calls the measures of `JUDGED`."""
KEYS = {
    "calibration_gap": "gate.max_group_gap",
    "false_alarms": "gate.max_group_false_alarms",
    "acted_though_kept": "gate.max_group_actions",
}
"""The keys of params.yaml that have their bounds."""


class Judged(NamedTuple):
    """A measure against its bound: which ``group`` is farthest from the rest, and how far ``at_least``."""

    words: str
    key: str
    group: str
    difference: float
    at_least: float
    bound: float

    @property
    def passed(self) -> bool:
        """Whether the gate lets it pass."""
        return self.at_least <= self.bound


def main() -> None:
    """Write reports/report.html.

    Raises
    ------
    UserError
        A file of an earlier stage is missing, or of another version of the code.
    """
    fix = "dvc repro report"
    fairness = Fairness.from_json(read_json(FAIRNESS, expected="the audit fairness", fix=fix))
    page = EVALUATED.read_text(encoding="utf-8") if EVALUATED.is_file() else ""
    if page.count(AUDITS) != 1:
        raise UserError(
            expected=f"{EVALUATED}, the page of the evaluation, with one place for the audits",
            found="another page" if page else "no such file",
            fix=fix,
        )
    write_text(page.replace(AUDITS, section(fairness, params.load("gate", Gate))), REPORT)


def section(fairness: Fairness, bounds: Gate) -> str:
    """Write the section of the page, without its heading."""
    by_attribute: dict[str, list[Audited]] = {}
    for each in fairness.groups:
        by_attribute.setdefault(each.attribute, []).append(each)
    html = (
        environment(TEMPLATES)
        .get_template(TEMPLATE)
        .render(
            fairness=fairness,
            by_attribute=by_attribute,
            judged=list(judged(fairness, bounds)),
            words=WORDS,
            measures=[(name, WORDS[name]) for name in JUDGED],
            riskiest=RISKIEST,
            least_customers=LEAST_CUSTOMERS,
        )
    )
    return shown_in_html(html).rstrip()


def judged(fairness: Fairness, bounds: Gate) -> Iterator[Judged]:
    """Hold what is sure of each measure against its bound; a measure without two groups is left out."""
    worst = fairness.worst()
    for measure, bound in bounds.of_groups.items():
        if measure in worst:
            found = worst[measure]
            figures = found["group"], found["difference"], found["at_least"]
            yield Judged(WORDS[measure], KEYS[measure], *figures, bound)


if __name__ == "__main__":
    run(main)
