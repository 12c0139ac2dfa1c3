"""A shop with a seed, in whose folder a test runs, and a policy with a text in each language."""

from pathlib import Path
from typing import Any

import pytest

from features.online_state.seed_file import STATE
from serving.ports import Ports
from tests.serving.decisions.shop import SURE, Shop
from tests.serving.fakes import FakeParts
from tests.serving.served_shop import served_shop
from tests.training.decisions.examples import action

TEXTS = {
    "en": "Try {other_size}: {percent_then}",
    "de": "Nimm {other_size}: {percent_then}",
    "zh": "选 {other_size} 码",
}


@pytest.fixture
def seeded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the shop."""
    (tmp_path / STATE).parent.mkdir(parents=True)
    (tmp_path / STATE).symlink_to(served_shop().seed)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def deciding(fakes: FakeParts, folder: Path, **changes: Any) -> Ports:
    """The parts of a service that advises another size wherever it is known."""
    shop = Shop(folder)
    shop.write(action("size_advice", lines={"other_size": True}, effects=SURE, texts=TEXTS), **changes)
    parts = fakes.parts()
    return Ports(**{**vars(parts), "deciding": shop.decider()})
