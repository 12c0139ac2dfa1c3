"""The model of overview.json: the whole shop by period, as `training.products.tables.periods` makes it.

It imports little, as the service reads this file too.
"""

from datetime import datetime
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from data.errors import UserError
from data.files import write_json
from training.products.columns import OVERVIEW
from training.products.tables.about import REPRO


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Figures(_Model):
    """The lines ordered from ``since`` to ``until`` (UTC).

    ``returned_lines`` are known to be returned; ``unsettled_share`` of the lines may still come back. ``closed_lines``
    are those whose return window has closed; ``closed_rate`` is the returned share of them, None where there are none.
    ``rate``, with its 95% interval, is corrected for the lines that are not settled. Money is in minor units;
    ``returned_value_minor`` and ``return_cost_minor`` are of all returns, with those still expected.
    """

    since: datetime
    until: datetime
    lines: int
    closed_lines: int
    returned_lines: int
    unsettled_share: float
    closed_rate: float | None
    rate: float
    rate_low95: float
    rate_high95: float
    value_minor: float
    returned_value_minor: float
    return_cost_minor: float


class RateChangePart(_Model):
    """One part of a change of the rate: products, customers, discounts or rate. ``points``: its size, as a share."""

    name: str
    points: float


class RateChange(_Model):
    """Closed rate of a period minus that of another; the parts of `findings.decomposition` add up to the difference."""

    total_points: float
    parts: tuple[RateChangePart, ...]


class PeriodOverview(_Model):
    """The last ``days`` days, as many days before them, and the same days a year earlier; None without history."""

    days: int
    current: Figures
    before: Figures | None
    year_before: Figures | None
    against_before: RateChange | None
    against_year_before: RateChange | None


class Overview(_Model):
    """The file overview.json of a report; a period without any line is left out."""

    periods: tuple[PeriodOverview, ...]

    def write(self, folder: Path) -> None:
        """Write the file into the folder of the report."""
        write_json(self.model_dump(mode="json"), folder / OVERVIEW)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the file from the folder of a report.

        Raises
        ------
        UserError
            The file is missing, or another version of the code wrote it.
        """
        file = folder / OVERVIEW
        try:
            return cls.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            raise UserError(expected=f"a product report in {folder}", found=f"no {OVERVIEW} there", fix=REPRO) from None
        except ValidationError as error:
            found = error.errors(include_input=False, include_url=False)[0]["msg"]
            raise UserError(expected=f"{file} as this version writes it", found=found, fix=REPRO) from None
