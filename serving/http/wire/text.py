"""Texts on the wire: no control characters, no blanks around, and no email addresses where none belong.

Blanks are stripped as in the sources of the tables (`data.sources.mapped.cells`), so that an id in a request equals the
same id in the training.
"""

from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

from data.personal_data import EMAIL

BLANKS: Final = " \u00a0"
"""The blanks that the sources strip, without the control characters, which are refused here."""
LONGEST_ID, LONGEST_LABEL = 128, 200
_PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]*$"
_NOT_BLANK = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"


def _own_id(text: str) -> str:
    return text.strip(BLANKS)


def _id(text: str) -> str:
    return _without_email(text.strip(BLANKS))


def _label(text: str) -> str | None:
    return _without_email(text.strip(BLANKS)) or None


def _without_email(text: str) -> str:
    # Hardly any text holds an @, and looking for one is far cheaper than the pattern.
    if "@" in text and EMAIL.search(text):
        raise PydanticCustomError("personal_data", "no email address: ids and labels are kept, and must name no person")
    return text


_AN_ID = StringConstraints(min_length=1, max_length=LONGEST_ID, pattern=_NOT_BLANK)

Id = Annotated[str, _AN_ID, AfterValidator(_id)]
CustomerId = Annotated[str, _AN_ID, AfterValidator(_own_id)]
"""The shop's own id of a customer, in any format; it is hashed before any other use."""
Label = Annotated[str, StringConstraints(max_length=LONGEST_LABEL, pattern=_PRINTABLE), AfterValidator(_label)]
"""A blank label becomes None."""
