"""What a restriction has to ask of a customer's own history, so that the score alone does not decide it."""

from collections.abc import Mapping
from typing import Final

SETTLED: Final = "customer_settled_lines"
"""The feature that says how much is known of a customer."""
LEAST_SETTLED: Final = 10
"""So many lines of which it is known whether the customer kept them. Of fewer, a share says little."""
RETURNED: Final = ("customer_returned_value_share", "customer_return_rate")
"""The features that say how much of it came back."""
LEAST_RETURNED: Final = 0.7
"""So large a share came back. In fashion half of what is bought does; who keeps a third or more is no case for this."""


def lacking(least: Mapping[str, float | None]) -> str | None:
    """Say what conditions lack of a restriction's; None where they lack nothing.

    ``least``: the lower end of the range of each feature that the conditions name, None where it is open. A customer
    without the history has 0 settled lines, and so is out.
    """
    settled = least.get(SETTLED) or 0
    returned = max(least.get(name) or 0 for name in RETURNED)
    if settled >= LEAST_SETTLED and returned >= LEAST_RETURNED:
        return None
    return (
        f"a restriction needs {SETTLED}: {{least: {LEAST_SETTLED}}} or more, and {' or '.join(RETURNED)}: {{least:"
        f" {LEAST_RETURNED}}} or more, under lines.features, since the score alone must not decide it, and whoever"
        " keeps much of what they buy is spared"
    )
