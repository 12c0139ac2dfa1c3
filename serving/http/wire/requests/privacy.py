"""What persons may ask for, by way of the shop."""

from pydantic import Field

from serving.http.wire.requests.parts import Request
from serving.http.wire.text import CustomerId


class Person(Request):
    """A customer, by the shop's own id."""

    customer_id: CustomerId = Field(
        description="The shop's own id of the customer; it is not kept.", examples=["C-1042"]
    )


class OptOut(Person):
    """A customer who is to be scored as a guest, or no longer."""

    opted_out: bool = Field(
        default=True,
        description="true: from now on scores, decisions and logs know the customer as a guest; false: no longer.",
    )
