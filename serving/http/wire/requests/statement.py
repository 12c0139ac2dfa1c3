"""The base of all events: an event is a statement of a fact."""

from pydantic import Field

from serving.http.wire.requests.parts import Request
from serving.http.wire.text import Id
from serving.http.wire.timestamps import TimestampNotAhead

WHEN = "When; at most a day ahead of the clock."


class Statement(Request):
    """What all events have."""

    event_id: Id = Field(
        description="Id of the event: however often it is sent, it counts once. It is kept as it is: it should have no"
        " customer's id in it.",
        examples=["return-9001-1"],
    )
    recorded_at: TimestampNotAhead | None = Field(
        default=None,
        description="When the shop recorded it: of two statements of one fact the later recorded holds, in whatever"
        " order they arrive; left out: the time of the fact.",
    )
