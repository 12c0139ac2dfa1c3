"""The section ``data`` of params.yaml: which shop the pipeline runs on, and how its comments are read."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from data.params import Section


class CommentParams(Section):
    """When a return's reason is read from the customer's comment, for a mapped shop whose mapping names them."""

    min_confidence: Annotated[float, Field(ge=0.5, le=1)]
    """Least share of right readings, measured on comments not learned from, at which a reason is given."""
    min_examples: Annotated[int, Field(ge=20)]
    """Fewest returns with both a comment and a reason, below which none is read."""


class DataParams(Section):
    """The section ``data`` of params.yaml."""

    source: Literal["simulated", "mapped", "online_retail"]
    path: Path
    """Folder of the shop's files; not read for a simulated shop."""
    mapping: Path
    """YAML file that maps the shop's columns; read for ``mapped`` only."""
    comments: CommentParams

    @property
    def shop(self) -> str:
        """What the shop is called in reports and registry: the source, or the mapping by the name of its file."""
        return re.sub(r"[^\w.-]+", "-", self.mapping.stem if self.source == "mapped" else self.source)
