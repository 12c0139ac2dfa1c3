"""The section ``data`` of params.yaml: the shop's source, files and mapping, and the reading of its comments."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from data.params import Section


class CommentParams(Section):
    """When a return's reason is read from the customer's comment, for a mapped shop with ``returns.comment``."""

    min_confidence: Annotated[float, Field(ge=0.5, le=1)]
    """Least confidence at which a reason is given: a share of right readings, measured out of fold."""
    min_examples: Annotated[int, Field(ge=20)]
    """Fewest returns with both a comment and a reason; with fewer, no reason is read from a comment."""


class DataParams(Section):
    """The section ``data`` of params.yaml."""

    source: Literal["simulated", "mapped", "online_retail", "events"]
    path: Path
    """Folder of the shop's files; not read for a simulated shop."""
    mapping: Path
    """YAML file that maps the shop's columns; read for ``mapped`` only."""
    comments: CommentParams

    @property
    def shop(self) -> str:
        """The shop's name in reports and registry: the source, or the name of the mapping's file or of the snapshot.

        An export names the snapshot after the shop, so that the model goes on under one name.
        """
        names = {"mapped": self.mapping.stem, "events": self.path.name}
        return re.sub(r"[^\w.-]+", "-", names.get(self.source, self.source))
