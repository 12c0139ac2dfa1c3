"""The recipe: what defines the features of a model. The online side computes the same features from it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from data.attributes import Attribute, as_json, from_json
from data.errors import UserError
from data.files import read_json, write_text
from data.outcome import OutcomeParams
from features.catalog import MATRIX
from features.definitions.request_fields import request_fields
from features.definitions.selection import define
from features.language.nodes import Feature
from features.language.request_field import RequestField
from features.params import DefinitionParams, PosteriorPriors
from features.posteriors.design import PosteriorDesign

RECIPE_FILE = MATRIX / "recipe.json"
NORMAL = "normal form"
"""What a recipe says of labels that count in their normal form."""


@dataclass(frozen=True)
class Recipe:
    """The parameters, the rule for outcomes, the line columns that the source has, and its declared attributes.

    ``normal_labels``: labels count in their normal form (`data.reading.labels`). It is false for a recipe of an earlier
    version, whose states count each spelling apart. ``posteriors``: the priors of posteriors; None without them.
    """

    params: DefinitionParams
    outcome: OutcomeParams
    columns: frozenset[str]
    attributes: tuple[Attribute, ...] = ()
    normal_labels: bool = True
    posteriors: PosteriorPriors | None = None

    def features(self) -> list[Feature]:
        """Every feature that is computed from counters, in the order of the catalog."""
        return define(self.params, self.columns, self.attributes)

    def posterior_design(self) -> PosteriorDesign | None:
        """The design of the posteriors, whose features follow those of the score; None without them."""
        return None if self.posteriors is None else PosteriorDesign.of(self.posteriors, self.features(), self.columns)

    def request_fields(self) -> tuple[RequestField, ...]:
        """Every field that a request of this shop may leave out, in a fixed order."""
        return request_fields(self.columns, self.attributes)

    def as_json(self) -> dict[str, Any]:
        """Give the recipe as JSON; `from_json` reads it."""
        content: dict[str, Any] = {
            "params": self.params.model_dump(),
            "outcome": self.outcome.model_dump(),
            "columns": sorted(self.columns),
        }
        # Without attributes and posteriors the recipe stays as it was before there were any.
        content |= {"attributes": as_json(self.attributes)} if self.attributes else {}
        content |= {"posteriors": self.posteriors.model_dump()} if self.posteriors else {}
        return content | ({"labels": NORMAL} if self.normal_labels else {})

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Recipe":
        """Read what `as_json` wrote.

        Raises
        ------
        UserError
            The content is not a recipe of this version.
        """
        try:
            params = DefinitionParams.model_validate(content["params"])
            outcome, normal = _outcome(content["outcome"]), _counts_normal_labels(content)
            attributes = from_json(content.get("attributes", []), "the recipe")
            priors = content.get("posteriors")
            posteriors = None if priors is None else PosteriorPriors.model_validate(priors)
            return cls(params, outcome, frozenset(content["columns"]), attributes, normal, posteriors)
        except ValidationError as error:
            found = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
            raise UserError(expected="a recipe of features", found=found, fix="build it again: dvc repro") from None
        except (KeyError, TypeError) as error:
            found = f"{type(error).__name__}: {error}"
            raise UserError(expected="a recipe of features", found=found, fix="build it again: dvc repro") from None


def _outcome(content: Mapping[str, Any]) -> OutcomeParams:
    """Read the rule for outcomes; in a recipe of an earlier version a line is returned from its first piece on."""
    return OutcomeParams.model_validate({"returned_from_share": 0.0, **content})


def _counts_normal_labels(content: Mapping[str, Any]) -> bool:
    labels = content.get("labels")
    if labels not in (None, NORMAL):
        raise TypeError(f"labels are {labels!r}, and this version knows {NORMAL!r} alone")
    return labels == NORMAL


def write(recipe: Recipe, file: Path) -> None:
    """Write the recipe as JSON."""
    write_text(json.dumps(recipe.as_json(), indent=1, sort_keys=True) + "\n", file)


def read(file: Path = RECIPE_FILE) -> Recipe:
    """Read a recipe that `write` wrote.

    Raises
    ------
    UserError
        There is no recipe, or it has the format of another version.
    """
    try:
        return Recipe.from_json(read_json(file))
    except UserError as error:
        raise UserError(
            expected=f"the recipe of the features at {file}", found=error.found, fix="build it again: dvc repro"
        ) from None
