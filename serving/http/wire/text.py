"""Texts on the wire: no control characters, no blanks around, and no email addresses where none belong.

Ids are read as ingest reads them (`data.identity.trimmed`), so that an id in a request equals the same id in the
training, and one of blanks and signs without a width is none here, too.

How a label or an id of the shop reads is remembered, as the same ones come again and again. Ids of customers are not:
they stay in no memory.
"""

from functools import lru_cache
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from data.attributes import LARGEST, MOST
from data.identity import trimmed
from data.personal_data.emails import holds_email
from data.reading.labels import REMEMBERED, is_visible
from data.schema import LONGEST_ID, LONGEST_LABEL, LONGEST_TEXT

BLANKS: Final = " \u00a0"
"""The blanks that the sources strip, without the control characters, which are refused here."""
PERSONAL: Final = "personal_data"
NO_EMAIL: Final = "no email address: ids and labels are kept, and must name no person"
_PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]*$"
_NOT_BLANK = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"


def _own_id(text: str) -> str:
    read = trimmed(text)
    if not read:
        raise PydanticCustomError("invisible_id", "an id with a sign that can be seen")
    return read


@lru_cache(REMEMBERED)
def _id(text: str) -> str:
    return _without_email(_own_id(text))


@lru_cache(REMEMBERED)
def _label(text: str) -> str | None:
    return _without_email(text.strip(BLANKS)) if is_visible(text) else None


def _without_email(text: str) -> str:
    if holds_email(text):
        raise PydanticCustomError(PERSONAL, NO_EMAIL)
    return text


_AN_ID = StringConstraints(min_length=1, max_length=LONGEST_ID, pattern=_NOT_BLANK)

Id = Annotated[str, _AN_ID, AfterValidator(_id)]
CustomerId = Annotated[str, _AN_ID, AfterValidator(_own_id)]
"""The shop's own id of a customer, in any format; it is hashed before any other use."""
Label = Annotated[str, StringConstraints(max_length=LONGEST_LABEL, pattern=_PRINTABLE), AfterValidator(_label)]
"""A blank label becomes None, as does one of signs that nobody sees."""
Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT, pattern=_PRINTABLE), AfterValidator(_label)]
"""A text for people; a blank one becomes None."""


def _one_problem(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    """One problem instead of one for each type that the value isn't of."""
    try:
        return read(value)
    except ValidationError as error:
        if any(item["type"] == PERSONAL for item in error.errors(include_url=False)):
            raise PydanticCustomError(PERSONAL, NO_EMAIL) from None
        raise PydanticCustomError("attribute", "a text, a number up to a billion, true or false") from None


Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST, allow_inf_nan=False)]
GivenValue = bool | float | str | None
"""The value of an attribute as it was sent; None: not known."""
Attributes = Annotated[
    dict[
        Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ID)],
        Annotated[bool | Number | Label | None, WrapValidator(_one_problem)],
    ],
    Field(max_length=MOST),
]
"""Attributes by name. `serving.http.attributes` checks names and kinds against those that the shop declared."""
