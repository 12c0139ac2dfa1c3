"""A file of returns beside the orders of a known layout whose preset reads the returns from the orders themselves."""

from data.drafting.draft import Draft, inline, put
from data.drafting.returns import outcomes
from data.drafting.roles import Roles, find
from data.drafting.sheet import Sheet
from data.sources.mapped.mapping.mapping import Mapping


def add(made: Draft, preset: Mapping, sheets: dict[str, Sheet], others: list[Sheet]) -> Sheet | None:
    """Let the first of ``others`` that is a file of returns be the origin of the returns; None where there is none.

    ``sheets``: those of the preset's inputs; the input of its returns may be absent.

    A return in such a file says what came back; a flag of the orders says that money did. Lines with the flag and
    without a return get an unknown outcome.
    """
    if preset.returns.file not in (None, preset.file_of_lines) and preset.file_of_returns in sheets:
        return None
    lines = sheets[preset.file_of_lines]
    returns = next((roles for roles in map(find, others) if roles.kind == "returns"), None)
    if returns is None:
        return None
    roles = of_lines(made, lines)
    made.table = [row for row in made.table if not row.column.startswith("returns.")]
    outcomes.add(made, roles, returns)
    made.tree["files"][returns.sheet.name] = returns.sheet.as_tree()
    made.head.append(f"The returns are those of {returns.sheet.title}, and not what the preset says of returns.")
    for part in (made.tree[name] for name in ("order_lines", "products", "customers") if name in made.tree):
        if "file" not in part:
            part.insert(0, "file", preset.file_of_lines)
    if preset.returns.flag is not None:
        flag = preset.returns.flag
        rule = inline(refunded=inline(column=flag.column, is_=flag.returned, optional=True))
        put(made.tree["order_lines"], "unknown_without_return", rule, "CHECK: money went back, and no return says why")
    return returns.sheet


def of_lines(made: Draft, lines: Sheet) -> Roles:
    """The roles of the columns of ``lines`` by the rules of the draft's order lines."""
    columns = made.tree["order_lines"]["columns"]
    return Roles(lines, {name: column for name in columns if (column := _column(columns[name])) in lines.columns})


def _column(rule: object) -> str:
    return str(rule.get("column", "")) if isinstance(rule, dict) else str(rule)
