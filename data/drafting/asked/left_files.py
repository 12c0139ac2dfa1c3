"""Files that a mapping leaves out, though they seem to hold the same things as one that it reads."""

from data.drafting.roles import Kind, Roles

WHAT: dict[Kind, str] = {
    "lines": "order lines",
    "orders": "orders",
    "returns": "returns",
    "products": "products",
    "customers": "customers",
}
"""What a sheet of each kind holds."""


def note(roles: Roles, used: list[Roles]) -> str:
    """Write that the mapping leaves the sheet of ``roles`` out, and ask where a ``used`` one holds the same things."""
    sheet = roles.sheet
    twin = next((other.sheet for other in used if other.sheet.columns == sheet.columns), None)
    if twin is not None:
        return f"CHECK: not used is {sheet.title} ({sheet.how}), which has the columns of {twin.title} ({twin.how})."
    alike = next((other.sheet for other in used if other.kind == roles.kind and other.kind in WHAT), None)
    if alike is None:
        return f"Not used: {sheet.title}"
    what = WHAT[roles.kind]
    return (
        f"CHECK: not used is {sheet.title} ({sheet.rows:,} records, {sheet.how}), which seems to hold {what} as "
        f"{alike.title} does, in other columns or another layout. A mapping reads {what} from files of one layout: "
        "export both alike, or write this file as that one is."
    )
