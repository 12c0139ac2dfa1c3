"""What the registry calls a shop's model, and the parameters of it."""

from pydantic import Field

from data import params
from data.params import Section
from data.sources.params import DataParams


class RegistryParams(Section):
    """The section ``registry`` of params.yaml."""

    experiment: str = Field(min_length=1)
    model: str = Field(pattern=r"^[A-Za-z0-9._-]+$")
    promote: bool
    tolerance: float = Field(ge=0, le=1)


def shop() -> str:
    """Name the shop whose data this is: the source, or the mapping by the name of its file."""
    return params.load("data", DataParams).shop


def model_name() -> str:
    """Name the registered model: one for each shop, so that no shop's model replaces another's champion."""
    return f"{params.load('registry', RegistryParams).model}-{shop()}"
