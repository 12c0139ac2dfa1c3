"""The section ``card`` of params.yaml."""

from pydantic import Field

from data.params import Section


class CardParams(Section):
    """Whom a customer may ask; None: nobody is named."""

    contact: str | None = Field(min_length=1)
