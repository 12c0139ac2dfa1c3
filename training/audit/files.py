"""Where the stages of the audit write what they find."""

from pathlib import Path
from typing import Final

FAIRNESS: Final = Path("reports/fairness.json")
MEMBERSHIP: Final = Path("reports/membership.json")
CARD: Final = Path("reports/model_card.md")
DOSSIER: Final = Path("reports/dossier.md")
