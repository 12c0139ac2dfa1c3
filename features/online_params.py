"""What can be chosen about the online state."""

from typing import Annotated

from pydantic import Field

from data.params import Section


class OnlineParams(Section):
    """The section ``online`` of params.yaml."""

    remember_days: Annotated[int, Field(ge=1, le=3650)]
    """How long after its close a line, and after its arrival an event, is kept: up to then late facts count."""
