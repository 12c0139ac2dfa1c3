"""What ingest says of a shop that it reads."""

import json

from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop


def notices(shop: FilesOfAShop) -> list[str]:
    """The notices of a run that stands."""
    shop.read()
    found: list[str] = json.loads((shop.raw / "source.json").read_text(encoding="utf-8")).get("notices", [])
    return found
