"""The model of about.json: the shop, moment and parameters of a product report.

It imports little, as the service reads this file too.
"""

from datetime import datetime
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from data.errors import UserError
from data.files import write_json
from training.products.columns import ABOUT

REPRO = "make the report: dvc repro products"


class About(BaseModel):
    """The file about.json of a report: where this file exists, the tables beside it are complete.

    Times are UTC. ``as_of``: the report uses what was known at this moment. ``history_from``: time of the first order.
    ``report_id``: hash of the tables and parameters. The other fields are the parameters of that name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    as_of: datetime
    shop: str
    currency: str
    periods_days: tuple[int, ...]
    history_from: datetime
    upcoming_days: int
    fault_ratio: float
    min_probability: float
    false_discovery_rate: float
    spike_weeks: int
    lines: int
    products: int
    return_fixed_minor: int
    return_value_share: float
    margin_share: float
    has_reasons: bool
    has_list_prices: bool
    report_id: str

    def write(self, folder: Path) -> None:
        """Write the file into the folder of the report."""
        write_json(self.model_dump(mode="json"), folder / ABOUT)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the file from the folder of a report.

        Raises
        ------
        UserError
            There is no report, or another version of the code wrote the report.
        """
        file = folder / ABOUT
        if not file.is_file():
            raise UserError(expected=f"a product report in {folder}", found=f"no {ABOUT} there", fix=REPRO)
        try:
            return cls.model_validate_json(file.read_bytes())
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            found = f"at {'.'.join(map(str, first['loc'])) or 'its top'}: {first['msg']}"
            raise UserError(expected=f"{file} as this version writes it", found=found, fix=REPRO) from None
