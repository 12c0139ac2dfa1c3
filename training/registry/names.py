"""The names of a shop's model and learned effects in the registry, and the registry's parameters."""

from pathlib import Path

from pydantic import Field

from data import params
from data.params import PARAMS_FILE, Section
from data.sources.params import DataParams


class RegistryParams(Section):
    """The section ``registry`` of params.yaml."""

    experiment: str = Field(min_length=1)
    model: str = Field(pattern=r"^[A-Za-z0-9._-]+$")


def shop(path: Path = PARAMS_FILE) -> str:
    """Name the shop of the data: by its source, or by the file name of its mapping."""
    return params.load("data", DataParams, path).shop


def model_name(path: Path = PARAMS_FILE) -> str:
    """Name the registered model: one for each shop, so that no shop's model replaces another's champion."""
    return f"{params.load('registry', RegistryParams, path).model}-{shop(path)}"


def policy_name(path: Path = PARAMS_FILE) -> str:
    """Name the shop's learned effects in the registry, which are registered beside its models."""
    return f"{params.load('registry', RegistryParams, path).model}-policy-{shop(path)}"
