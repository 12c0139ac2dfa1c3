"""The order lines, products and customers of a first mapping, from the roles of the sheets' columns."""

import re

from ruamel.yaml.comments import CommentedMap

from data.drafting import amounts, currency, leave_out, shipments, times
from data.drafting.draft import Draft, Row, inline, put
from data.drafting.roles import Roles, owner_of
from data.drafting.shapes import shape
from data.number_format import currency_of
from data.reading.guests import stands_for_guest
from data.sources.mapped.mapping.formats import EPOCH_MILLISECONDS, EPOCH_SECONDS, EXCEL_SERIAL

LABELS = ("size", "color", "payment_method", "channel", "region")
DESTROYED = re.compile(r"\d[.,]?\d*E\+\d+")
"""An id as a spreadsheet writes a large number."""

WHAT = {
    EXCEL_SERIAL: "days, as a spreadsheet counts them",
    EPOCH_SECONDS: "seconds since 1970",
    EPOCH_MILLISECONDS: "milliseconds since 1970",
}
"""What is counted in a format of times that are numbers."""

NOTHING = "not found"


def add(draft: Draft, lines: Roles, joined: Roles | None) -> None:
    """Add ``order_lines``; columns that the lines' sheet lacks come from the sheet that it joins."""
    part, columns = CommentedMap(), CommentedMap()
    part["file"] = lines.sheet.name
    part["columns"] = columns
    draft.tree["order_lines"] = part
    _ids(draft, columns, lines, joined)
    for name in ("ordered_at", "shipped_at", "delivered_at", "cancelled_at"):
        owner = owner_of(name, lines, joined)
        if owner is not None:
            add_time(draft, columns, "order_lines", name, owner, own=lines)
        elif name == "ordered_at":
            draft.table.append(Row("order_lines.ordered_at", f"{NOTHING}: name the column with the date of the order"))
    _quantity_and_price(draft, columns, lines)
    for name in LABELS:
        owner = owner_of(name, lines, joined)
        if owner is not None:
            put(columns, name, owner.named(owner.columns[name], lines), "")
            draft.table.append(row("order_lines", name, owner, owner.columns[name]))
    _voucher(draft, columns, lines)
    leave_out.add(part, lines, joined)


def add_tables(draft: Draft, lines: Roles, others: list[Roles]) -> None:
    """Add ``products`` and ``customers``, from sheets of their own or from that of the lines."""
    products = next((other for other in others if other.kind == "products"), lines)
    found = {
        name: products.columns[name] for name in ("name", "brand", "category", "supplier") if name in products.columns
    }
    if found and "product_id" in products.columns:
        draft.tree["products"] = CommentedMap(file=products.sheet.name)
        draft.tree["products"]["columns"] = CommentedMap(product_id=products.columns["product_id"], **found)
        for name, column in found.items():
            draft.table.append(row("products", name, products, column))
    customers = next((other for other in others if other.kind == "customers"), None)
    if customers is not None:
        draft.tree["customers"] = CommentedMap(file=customers.sheet.name)
        draft.tree["customers"]["columns"] = CommentedMap(customer_id=customers.columns["customer_id"])


def row(part: str, name: str, roles: Roles, column: str) -> Row:
    """Give the row of the table for a column that was found."""
    return Row(f"{part}.{name}", f"{roles.sheet.name}: {column}", shape(next(iter(roles.sheet.values(column)), "")))


def add_time(draft: Draft, columns: CommentedMap, part: str, name: str, owner: Roles, own: Roles) -> None:
    """Add a time with its format, or ask for the format where the values leave it open."""
    column = owner.columns[name]
    found = times.decide(owner.sheet.values(column), numbers=True) or times.Times()
    clock = owner.columns.get("time_of_day")
    draft.table.append(row(part, name, owner, column))
    if clock is not None and not found.formats:
        both = inline(columns=[owner.named(column, own), owner.named(clock, own)])
        put(columns, name, both, f"CHECK: is {clock} the time of day of {column}?")
        return
    value = owner.named(column, own)
    if found.or_else:
        asked = " or ".join((found.formats[0], *found.or_else))
        put(columns, name, inline(column=value), f"CHECK: add format: {asked}; every value can be read by each")
    elif len(found.formats) > 1:
        put(columns, name, inline(column=value, format=found.formats), "CHECK: the values are of two forms")
    elif found.formats:
        note = f"CHECK: are these numbers times? {WHAT[found.formats[0]]}" if found.counted else ""
        put(columns, name, inline(column=value, format=found.formats[0]), note)
    else:
        columns[name] = value


def amount(
    roles: Roles, column: str, *, digits: int | None = None, pieces: bool = False
) -> tuple[CommentedMap | str, str]:
    """Say how a number is read, and what to look at.

    ``digits``: the decimals of the currency of an amount of money, if known. ``pieces``: whether it counts pieces.
    """
    found = amounts.decide(roles.sheet.values(column), digits=digits, whole=pieces) or amounts.Amounts()
    keys = found.keys()
    other = "." if found.decimal == "," else ","
    is_open = f'CHECK: is 1{found.decimal}234 a thousand? then add thousands: "{found.decimal}" and decimal: "{other}"'
    note = f'{is_open}; otherwise decimal: "{found.decimal}"' if found.open else ""
    if len({currency_of(sign) or sign for sign in found.unit}) > 1:
        usual = max(found.unit, key=lambda sign: _rows_with(roles, column, sign))
        keys["unit"], note = usual, f"CHECK: amounts in {', '.join(found.unit)}; those not in {usual} are refused"
    return (inline(column=column, **keys) if keys else column), note


def _rows_with(roles: Roles, column: str, sign: str) -> int:
    return sum(count for value, count in roles.sheet.values(column).items() if sign in value)


def _ids(draft: Draft, columns: CommentedMap, lines: Roles, joined: Roles | None) -> None:
    line = lines.get("line_id")
    if line is not None and lines.sheet.is_unique(line):
        columns["line_id"] = line
        draft.table.append(row("order_lines", "line_id", lines, line))
    else:
        why = "no column has its own value in each row" if line is None else f"{line} is not of one row"
        if line is not None and lines.sheet.distinct(line) > lines.sheet.rows / 2:  # exports that overlap
            put(columns, "line_id", line, "CHECK: some stand twice; are these rows copies of one line?")
            draft.table.append(row("order_lines", "line_id", lines, line))
        else:
            put(columns, "line_id", inline(generated="by_position"), f"CHECK: {why}")
            draft.table.append(Row("order_lines.line_id", "generated by its place in the order"))
    order = lines.get("order_id")
    if order is not None:
        broken = any(DESTROYED.fullmatch(value) for value in lines.sheet.values(order))
        note = "CHECK: a spreadsheet has destroyed these ids: export them as text" if broken else ""
        put(columns, "order_id", order, note)
        draft.table.append(row("order_lines", "order_id", lines, order))
    else:
        put(columns, "order_id", inline(one_order_per="customer_and_day"), "CHECK: no number of the order was found")
        draft.table.append(Row("order_lines.order_id", f"{NOTHING}: one order for each customer and day"))
    _customer(draft, columns, lines, joined)
    product = lines.get("product_id")
    if product is None:
        draft.table.append(Row("order_lines.product_id", f"{NOTHING}: name the column with the article's number"))
        return
    put(columns, "product_id", product, "CHECK: the product without size and color, if the file has it")
    draft.table.append(row("order_lines", "product_id", lines, product))


def _customer(draft: Draft, columns: CommentedMap, lines: Roles, joined: Roles | None) -> None:
    owner = owner_of("customer_id", lines, joined)
    if owner is not None:
        column = owner.columns["customer_id"]
        guests = [value for value in owner.sheet.values(column) if stands_for_guest(value)]
        value = owner.named(column, lines)
        if guests:
            put(columns, "customer_id", inline(column=value, missing=guests), "CHECK: does this stand for guests?")
        else:
            columns["customer_id"] = value
        draft.table.append(row("order_lines", "customer_id", owner, column))
        return
    owner = owner_of("email", lines, joined)
    if owner is not None:
        column = owner.columns["email"]
        guests = [value for value in owner.sheet.values(column) if stands_for_guest(value)]
        hashed = inline(column=owner.named(column, lines), key="email", missing=guests or None)
        note = "CHECK: the only key of a customer that was found; hashed, never written"
        put(columns, "customer_id", hashed, f"{note}; does missing stand for guests?" if guests else note)
        draft.table.append(Row("order_lines.customer_id", f"{owner.sheet.name}: {column}", "an e-mail"))
        return
    draft.table.append(Row("order_lines.customer_id", f"{NOTHING}: all customers are guests"))


def _quantity(draft: Draft, columns: CommentedMap, lines: Roles) -> None:
    column = lines.get("quantity")
    if column is None:
        put(columns, "quantity", inline(constant="1"), "CHECK: no quantity was found; is a row one piece?")
        draft.table.append(Row("order_lines.quantity", f"{NOTHING}: 1"))
        return
    shipped = shipments.quantities(lines, column)
    taken = next((other for other in shipped if shipments.adds_up(lines, column, other)), column)
    others = [name for name in (column, *shipped) if name != taken]
    value, note = amount(lines, taken, pieces=True)
    if others:
        note = f"CHECK: or {', '.join(others)}? rows of one line in several shipments must add up to its pieces"
    elif column == taken and shipments.repeats(lines, column):
        note = "CHECK: of this row alone? rows of one line in several shipments must add up to its pieces"
    put(columns, "quantity", value, note)
    draft.table.append(row("order_lines", "quantity", lines, taken))


def _quantity_and_price(draft: Draft, columns: CommentedMap, lines: Roles) -> None:
    _quantity(draft, columns, lines)
    price, whole = lines.get("price_minor"), lines.get("price_of_line")
    column = price or whole
    if column is None:
        draft.table.append(Row("order_lines.price_minor", f"{NOTHING}: name the column with the price"))
        return
    value, note = amount(lines, column, digits=currency.digits(draft))
    if price is None:
        value = inline(**(dict(value) if isinstance(value, CommentedMap) else {"column": column}), per="line")
        note = "CHECK: of all pieces of the row? otherwise take per: line out"
    put(columns, "price_minor", value, note or "CHECK: for one piece, after discounts?")
    draft.table.append(row("order_lines", "price_minor", lines, column))
    listed = lines.get("list_price_minor")
    if listed is not None:
        value, note = amount(lines, listed, digits=currency.digits(draft))
        put(columns, "list_price_minor", value, note or "CHECK: for one piece, before discounts?")
        draft.table.append(row("order_lines", "list_price_minor", lines, listed))


def _voucher(draft: Draft, columns: CommentedMap, lines: Roles) -> None:
    column = lines.get("voucher_used")
    if column is not None:
        put(columns, "voucher_used", inline(column=column, true="*", false=""), "CHECK: is any value a voucher?")
        draft.table.append(row("order_lines", "voucher_used", lines, column))
