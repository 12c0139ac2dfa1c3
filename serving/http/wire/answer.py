"""What all answers are made of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=0)]


class Answer(BaseModel):
    """Base of all parts of an answer. A part is read from any object with attributes of the same names."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


Level = Annotated[
    float | None,
    Field(
        description="How often the truth lies within. Null where no model answered, or one of an earlier version, whose"
        " bounds are those of its calibration alone.",
        examples=[0.9],
    ),
]


class Degradation(Answer):
    """Why something had to fall back."""

    cause: str = Field(description="One of a few short words.", examples=["gone"])
    detail: str = Field(description="A sentence for people.")
