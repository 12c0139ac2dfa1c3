"""Where the stages of the audit write what they find."""

from pathlib import Path
from typing import Final

FAIRNESS: Final = Path("reports/fairness.json")
FAIRNESS_LOG: Final = Path("reports/fairness_log.json")
MEMBERSHIP: Final = Path("reports/membership.json")
CARD: Final = Path("reports/model_card.md")
REPORT: Final = Path("reports/report.html")
DOSSIER: Final = Path("reports/dossier.md")
