"""The order lines, products and customers of a first mapping, from the roles of the sheets' columns."""

import re
from collections.abc import Iterable

from ruamel.yaml.comments import CommentedMap

from data import sql
from data.drafting import amounts, currency, keys, leave_out, odd_cells, shipments, times
from data.drafting.asked import cents, discounts, price_bases, shared_keys, time_parts
from data.drafting.draft import Draft, Row, inline, put, together
from data.drafting.leave_out import NO
from data.drafting.roles import Roles, owner_of
from data.drafting.sheet import Sheet
from data.number_format import currency_of
from data.personal_data.shapes import shape
from data.reading.guests import stands_for_guest
from data.sources.mapped.mapping.formats import EPOCH_MILLISECONDS, EPOCH_SECONDS, EXCEL_SERIAL
from data.sources.mapped.signs import header_zones
from data.sources.mapped.signs.minor_units import in_minor_units

LABELS = ("size", "color", "payment_method", "channel", "region")
DESTROYED = re.compile(r"\d[.,]?\d*E\+\d+")
"""An id as a spreadsheet writes a large number."""

WHAT = {
    EXCEL_SERIAL: "days, as a spreadsheet counts them",
    EPOCH_SECONDS: "seconds since 1970",
    EPOCH_MILLISECONDS: "milliseconds since 1970",
}
"""What is counted in a format of times that are numbers."""

ZERO = re.compile(r"[^0-9]*0+([.,]0*)?[^0-9]*")
"""An amount of nothing, such as 0.00 EUR."""

NOTHING = "not found"

MOST_HINTS = 3
"""Columns that a question names, at most."""

OF_ODD_CELLS = "these rows are refused; correct them, or name the column that is meant"
OF_ODD_DATES = {
    "returned_at": "their lines have an unknown outcome; where nothing came back by them, add them under missing"
}
"""What follows for odd cells, and how it is mended."""


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
        if products is not lines and products.sheet.headers:
            leave_out.repeated_headers(draft.tree["products"].setdefault("leave_out", CommentedMap()), products.sheet)
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
    names, note = [column], ""
    values = owner.sheet.values(column)
    found = times.decide(values, numbers=True) or times.Times()
    for further in time_parts.beside(owner, column, found):
        both = owner.sheet.values(*names, further)
        whole = times.decide(both)
        if whole is None or time_parts.alone(owner.sheet, column, further):
            note = together(note, f"CHECK: {further} is not read: does it say more of {column}?")
        else:
            names, values, found = [*names, further], both, whole
            note = together(note, f"CHECK: does {further} say more of {column}, such as the time of day or the zone?")
    draft.table.append(row(part, name, owner, column))
    own_zones = times.have_zones(found, values)
    zone = None if own_zones else header_zones.zone_of(column)
    if zone is None and not own_zones:
        draft.local_times[part, name] = f"{owner.sheet.name}: {column}"
    rule, asked = _time(found, [owner.named(each, own) for each in names], zone, values)
    odd = odd_cells.note(found.odd, values, "date", OF_ODD_DATES.get(name, OF_ODD_CELLS))
    put(columns, name, rule, together(note, asked, odd))


def _time(
    found: times.Times, names: list[str], zone: str | None, values: Iterable[str]
) -> tuple[CommentedMap | str, str]:
    """Say how the times in the columns ``names`` are read, and what to look at; ``zone``: that of the header."""
    keys: dict[str, object] = {"missing": found.no_date} if found.no_date else {}
    note = f"CHECK: does {', '.join(found.no_date)} stand for no date?" if found.no_date else ""
    if found.or_else:
        open_ = " or ".join(_readings(found, values, (found.formats[0], *found.or_else)))
        note = together(f"CHECK: add format: {open_}; every value can be read by each", note)
        keys["column"] = names[0]  # a rule of its own, so that the format can be added
    elif found.formats:
        keys["format"] = found.formats if len(found.formats) > 1 else found.formats[0]
        note = together("CHECK: the values are of two forms" if len(found.formats) > 1 else "", note)
        if found.counted:
            note = together(f"CHECK: are these numbers times? {WHAT[found.formats[0]]}", note)
    if found.unlikely:
        taken, *others = _readings(found, values, (found.formats[0], *found.unlikely))
        note = together(f"CHECK: every value can be read by {' and '.join([taken, *others])}", note)
    keys["extract"] = found.extract
    if zone is not None:
        keys["timezone"] = zone
        note = together(note, "CHECK: by its header, with summer time where the zone has one")
    if len(names) > 1:
        return inline(**{"columns": names, **keys, "column": None}), note
    whole = inline(**{"column": names[0], **keys})
    return (whole if len(whole) > 1 or found.or_else else names[0]), note


def _readings(found: times.Times, values: Iterable[str], layouts: Iterable[str]) -> list[str]:
    """Name each of the ``layouts``, which read every value, with the days that it gives."""
    texts = [value for value in values if value not in (*found.no_date, *found.odd)]
    days = {layout: times.spread(texts, layout) for layout in layouts}
    return [f"{layout} ({first:%Y-%m-%d} to {last:%Y-%m-%d})" for layout, (first, last) in days.items()]


def amount(
    roles: Roles, column: str, *, digits: int | None = None, pieces: bool = False
) -> tuple[CommentedMap | str, str]:
    """Say how a number is read, and what to look at.

    ``digits``: the decimals of the currency of an amount of money, if known. ``pieces``: whether it counts pieces.
    """
    values = roles.sheet.values(column)
    found = amounts.decide(values, digits=digits, whole=pieces) or amounts.Amounts()
    keys = found.keys()
    other = "." if found.decimal == "," else ","
    is_open = f'CHECK: is 1{found.decimal}234 a thousand? then add thousands: "{found.decimal}" and decimal: "{other}"'
    note = f'{is_open}; otherwise decimal: "{found.decimal}"' if found.open else ""
    if len({currency_of(sign) or sign for sign in found.unit}) > 1:
        usual = max(found.unit, key=lambda sign: _rows_with(roles, column, sign))
        keys["unit"], note = usual, f"CHECK: amounts in {', '.join(found.unit)}; those not in {usual} are refused"
    note = together(note, odd_cells.note(found.odd, values, "number", OF_ODD_CELLS))
    return (inline(column=column, **keys) if keys else column), note


def _rows_with(roles: Roles, column: str, sign: str) -> int:
    return sum(count for value, count in roles.sheet.values(column).items() if sign in value)


def _ids(draft: Draft, columns: CommentedMap, lines: Roles, joined: Roles | None) -> None:
    line = lines.get("line_id")
    if (cut := shipments.repeated(lines)) is not None:
        own = cut.line[0] if len(cut.line) == 1 else inline(columns=cut.line)
        put(columns, "line_id", own, "CHECK: does a line have a row for each shipment? it counts once")
        draft.table.append(row("order_lines", "line_id", lines, cut.line[-1]))
    elif line is not None and lines.sheet.is_unique(line):
        columns["line_id"] = line
        draft.table.append(row("order_lines", "line_id", lines, line))
    elif line is not None and pair_is_unique(lines.sheet, lines.get("order_id"), line):
        put(
            columns,
            "line_id",
            inline(columns=[lines.columns["order_id"], line]),
            "CHECK: an order and its line, together",
        )
        draft.table.append(row("order_lines", "line_id", lines, line))
    else:
        why = _no_line_id(lines) if line is None else f"{line} is not of one row"
        if line is not None and lines.sheet.distinct(line) > lines.sheet.rows / 2:  # exports that overlap
            put(columns, "line_id", line, "CHECK: some stand twice; are these rows copies of one line?")
            draft.table.append(row("order_lines", "line_id", lines, line))
        else:
            asked = together(f"CHECK: {why}", shipments.repeated_numbers(lines))
            put(columns, "line_id", inline(generated="by_position"), asked)
            draft.table.append(Row("order_lines.line_id", "generated by its place in the order"))
    order = lines.get("order_id")
    if order is not None:
        put(columns, "order_id", order, _destroyed(lines, order))
        draft.table.append(row("order_lines", "order_id", lines, order))
    else:
        put(columns, "order_id", inline(one_order_per="customer_and_day"), "CHECK: no number of the order was found")
        draft.table.append(Row("order_lines.order_id", f"{NOTHING}: one order for each customer and day"))
    _customer(draft, columns, lines, joined)
    product = lines.get("product_id")
    if product is None:
        draft.table.append(Row("order_lines.product_id", f"{NOTHING}: name the column with the article's number"))
        return
    without = "CHECK: the product without size and color, if the file has it"
    put(columns, "product_id", product, together(without, _destroyed(lines, product)))
    draft.table.append(row("order_lines", "product_id", lines, product))


def _destroyed(lines: Roles, column: str) -> str:
    """Say that a spreadsheet wrote ids as numbers, of which several are one; empty where it did not."""
    broken = any(DESTROYED.fullmatch(value) for value in lines.sheet.values(column))
    return "CHECK: a spreadsheet has destroyed these ids: export them as text" if broken else ""


def _no_line_id(lines: Roles) -> str:
    """Say why lines are numbered, with the columns that have their own value in each row."""
    own = keys.of_rows(lines.sheet, set(lines.columns.values()))
    if not own:
        return "no column has its own value in each row"
    first = " or ".join(own[:MOST_HINTS])
    return f"is {first} the number of the line? it has its own value in each row: line_id: {own[0]}"


def pair_is_unique(sheet: Sheet, order: str | None, line: str) -> bool:
    """Whether each row has its own pair of an order and a number of its line, as position 2 of order 1001."""
    if order is None or sheet.filled(line) < sheet.rows or sheet.filled(order) < sheet.rows:
        return False
    pairs = f"SELECT DISTINCT {sheet.cell(order)} AS _order, {sheet.cell(line)} AS _line FROM {sheet.table}"
    return sql.number(sheet.connection, f"SELECT count(*) FROM ({pairs})") == sheet.rows


def _customer(draft: Draft, columns: CommentedMap, lines: Roles, joined: Roles | None) -> None:
    owner = owner_of("customer_id", lines, joined)
    if owner is not None:
        column = owner.columns["customer_id"]
        guests = [value for value in owner.sheet.values(column) if stands_for_guest(value)]
        value = owner.named(column, lines)
        shared = shared_keys.note(owner, column)
        if guests:
            asked = together("CHECK: does this stand for guests?", shared)
            put(columns, "customer_id", inline(column=value, missing=guests), asked)
        else:
            put(columns, "customer_id", value, shared)
        draft.table.append(row("order_lines", "customer_id", owner, column))
        return
    for kind, shown in (("email", "an e-mail"), ("phone", "a phone")):
        owner = owner_of(kind, lines, joined)
        if owner is None:
            continue
        column = owner.columns[kind]
        guests = [value for value in owner.sheet.values(column) if stands_for_guest(value)]
        hashed = inline(column=owner.named(column, lines), key=kind, missing=guests or None)
        note = "CHECK: the only key of a customer that was found; hashed, never written"
        note = f"{note}; does missing stand for guests?" if guests else note
        put(columns, "customer_id", hashed, together(note, shared_keys.note(owner, column)))
        draft.table.append(Row("order_lines.customer_id", f"{owner.sheet.name}: {column}", shown))
        return
    draft.table.append(Row("order_lines.customer_id", f"{NOTHING}: all customers are guests"))
    draft.head.append(_no_customer(lines))


def _no_customer(lines: Roles) -> str:
    """Ask for the customers, with the columns that have one value in each order and some values in several."""
    order = lines.get("order_id")
    taken = set(lines.columns.values())
    alike = [
        column
        for column in lines.sheet.columns
        if order
        and column not in taken
        and not lines.sheet.personal(column)
        and keys.is_of_orders(lines.sheet, order, column)
    ]
    hint = f"; {' or '.join(alike[:MOST_HINTS])} has one value in each order" if alike else ""
    return (
        "CHECK: no customer was found, so that every line is a guest's and nothing is learned from what a customer "
        f"sent back{hint}: add customer_id: COLUMN under order_lines.columns, or {{column: COLUMN, key: email}}, or "
        "key: phone"
    )


def _quantity(draft: Draft, columns: CommentedMap, lines: Roles) -> None:
    column = lines.get("quantity")
    if column is None:
        put(columns, "quantity", inline(constant="1"), "CHECK: no quantity was found; is a row one piece?")
        draft.table.append(Row("order_lines.quantity", f"{NOTHING}: 1"))
        return
    shipped = shipments.quantities(lines, column)
    taken = shipments.parts_of(lines, column) or column
    if (cut := shipments.repeated(lines)) is not None:
        value, note = amount(lines, column, pieces=True)
        asked = f"CHECK: of the whole line, on each row of its shipments? {cut.pieces} adds up to it"
        put(columns, "quantity", value, together(asked, note))
        draft.table.append(row("order_lines", "quantity", lines, column))
        return
    others = [name for name in (column, *shipped) if name != taken]
    value, note = amount(lines, taken, pieces=True)
    if others:
        asked = f"CHECK: or {', '.join(others)}? rows of one line in several shipments must add up to its pieces"
        note = together(asked, note)
    elif column == taken and shipments.repeats(lines, column):
        asked = "CHECK: of this row alone? rows of one line in several shipments must add up to its pieces"
        note = together(asked, note)
    put(columns, "quantity", value, note)
    draft.table.append(row("order_lines", "quantity", lines, taken))


def _quantity_and_price(draft: Draft, columns: CommentedMap, lines: Roles) -> None:
    _quantity(draft, columns, lines)
    base = price_bases.decide(lines)
    if base is None:
        draft.table.append(Row("order_lines.price_minor", f"{NOTHING}: name the column with the price"))
        return
    column = base.column
    value, note = amount(lines, column, digits=currency.digits(draft))
    if base.per_line or base.minus is not None:
        keys = dict(value) if isinstance(value, CommentedMap) else {"column": column}
        value = inline(**keys, minus=base.minus, per="line" if base.per_line else None)
    discounted = "" if base.after_discounts else discounts.note(lines)
    in_cents = cents.note(lines, column, currency.digits(draft))
    put(columns, "price_minor", value, together(note, base.note, in_cents, discounted))
    draft.table.append(row("order_lines", "price_minor", lines, column))
    listed = lines.get("list_price_minor")
    if listed is not None and in_minor_units(listed) != in_minor_units(column):
        draft.table.append(Row("order_lines.list_price_minor", f"left out: {listed} is in another unit than {column}"))
    elif listed is not None:
        value, note = amount(lines, listed, digits=currency.digits(draft))
        put(columns, "list_price_minor", value, together(note, "CHECK: for one piece, before discounts?"))
        draft.table.append(row("order_lines", "list_price_minor", lines, listed))


def _voucher(draft: Draft, columns: CommentedMap, lines: Roles) -> None:
    """Add ``voucher_used``: an empty cell, a no and an amount of zero are no voucher, and all else is one."""
    column = lines.get("voucher_used")
    if column is not None:
        none = [value for value in lines.sheet.values(column) if NO.match(value) or ZERO.fullmatch(value)]
        rule = inline(column=column, true="*", false=["", *none] if none else "")
        put(columns, "voucher_used", rule, "CHECK: is any other value a voucher?")
        draft.table.append(row("order_lines", "voucher_used", lines, column))
