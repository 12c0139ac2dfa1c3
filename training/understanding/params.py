"""The section ``understanding`` of params.yaml."""

from typing import Annotated

from pydantic import Field

from data.params import Section


class CurveParams(Section):
    """The learning curve: up to how many lines it goes, how many points it has, and how often each is drawn."""

    lines: Annotated[int, Field(ge=500, le=100_000_000)]
    points: Annotated[int, Field(ge=1, le=12)]
    draws: Annotated[int, Field(ge=1, le=20)]
    months: Annotated[list[Annotated[int, Field(ge=1, le=120)]], Field(max_length=12)]


class EffectParams(Section):
    """The accumulated local effects: of how many features, over how many lines and bins."""

    features: Annotated[int, Field(ge=1, le=100)]
    lines: Annotated[int, Field(ge=100, le=1_000_000)]
    bins: Annotated[int, Field(ge=2, le=100)]


class SliceParams(Section):
    """Slices: how many lines one needs, how many labels of a column get one, and how deep the tree grows."""

    least_lines: Annotated[int, Field(ge=20, le=1_000_000)]
    most_labels: Annotated[int, Field(ge=1, le=1000)]
    depth: Annotated[int, Field(ge=1, le=6)]
    false_discovery_rate: Annotated[float, Field(gt=0, lt=1)]


class UnderstandingParams(Section):
    """All parameters of the stages in ``training/understanding/dvc.yaml``."""

    seed: Annotated[int, Field(ge=0)]
    lines: Annotated[int, Field(ge=500, le=100_000_000)]
    resamples: Annotated[int, Field(ge=50, le=10_000)]
    seeds: Annotated[int, Field(ge=1, le=20)]
    curve: CurveParams
    effects: EffectParams
    slices: SliceParams
