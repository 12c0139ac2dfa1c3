"""The section ``products_accuracy`` of params.yaml."""

from typing import Annotated

from pydantic import Field

from data.params import Section


class AccuracyParams(Section):
    """How the product report is compared with later outcomes, and with the truth of a simulated shop."""

    moments: Annotated[int, Field(ge=1, le=24)]
    every_days: Annotated[int, Field(ge=7, le=365)]
    later_days: Annotated[int, Field(ge=7, le=365)]
    redraws: Annotated[int, Field(ge=1, le=1000)]
    seed: Annotated[int, Field(ge=0)]
