"""The section ``data`` of params.yaml: which shop the pipeline runs on."""

from pathlib import Path
from typing import Literal

from data.params import Section


class DataParams(Section):
    """The section ``data`` of params.yaml."""

    source: Literal["simulated", "mapped", "online_retail"]
    path: Path
    """Folder of the shop's files; not read for a simulated shop."""
    mapping: Path
    """YAML file that maps the shop's columns; read for ``mapped`` only."""
