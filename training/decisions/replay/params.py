"""The section ``replay`` of params.yaml."""

from typing import Annotated

from pydantic import Field

from data.params import Section


class ReplayParams(Section):
    """Which baskets are kept to be replayed: whole customers, drawn from ``seed``, with about ``baskets`` baskets."""

    baskets: Annotated[int, Field(ge=100, le=20_000)]
    seed: Annotated[int, Field(ge=0)]
