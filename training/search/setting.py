"""The setting of a search: its parameters, the bench that it runs on, and the name of its study.

The name has a digest of everything that trials depend on. So a search on other data, or from other parameters, is
another study, and one that was stopped goes on with trials that can be compared.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from data import params
from features.catalog import LINES_FILE
from training.registry import provenance
from training.registry.names import shop
from training.search import trained
from training.search.folds import bench
from training.search.space import SearchParams, dimensions
from training.search.study import Search


@dataclass(frozen=True)
class Setting:
    """A search, ready to run. ``data``: the digest of the matrix."""

    name: str
    shop: str
    data: str
    chosen: SearchParams
    search: Search


@contextmanager
def prepared(chosen: SearchParams) -> Iterator[Setting]:
    """Prepare the search of the project in the current folder; the sample exists as long as the context.

    Raises
    ------
    UserError
        The ranges don't fit the parameters, or the matrix is missing.
    """
    start = trained.load()
    found = dimensions(chosen, start)
    start = start if chosen.whole else start.fast()
    with bench(chosen.lines) as on:
        data = provenance.file_digest(LINES_FILE)
        sections = {name: section.model_dump() for name, section in vars(start).items()}
        said = {
            "data": data,
            "start": sections,
            "dimensions": [asdict(each) for each in found],
            "folds": [split.test_from.isoformat() for split in on.splits],
            "parameters": {name: params.read().get(name) for name in ("split", "backtest")},
            "search": chosen.model_dump(include={"lines", "whole"}),
        }
        digest = hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()
        yield Setting(f"{shop()}-{digest[:8]}", shop(), data, chosen, Search(on, start, found))
