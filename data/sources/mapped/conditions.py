"""SQL of a mapping's conditions over the rows of an input: true or false for every row, never null."""

from data import sql
from data.sources.mapped import numbers, times
from data.sources.mapped.cells import Reading, source
from data.sources.mapped.mapping.columns import ColumnRule
from data.sources.mapped.mapping.conditions import Condition


def all_hold(conditions: tuple[Condition, ...], reading: Reading) -> str:
    """SQL: whether all ``conditions`` hold for a row."""
    return "(" + " AND ".join(_holds(condition, reading) for condition in conditions) + ")"


def any_rule(rules: dict[str, tuple[Condition, ...]], reading: Reading) -> str:
    """SQL: the name of the first of ``rules`` whose conditions hold for a row; null where none does."""
    cases = " ".join(
        f"WHEN {all_hold(conditions, reading)} THEN {sql.text(name)}" for name, conditions in rules.items()
    )
    return f"CASE {cases} END" if cases else "NULL"


def _holds(condition: Condition, reading: Reading) -> str:
    rule = ColumnRule(column=condition.column, format=condition.format, decimal=condition.decimal)
    text = f"coalesce({source(rule, reading)}, '')"
    tests = {
        "is_": lambda: f"lower({text}) IN ({sql.texts(_values(condition.is_, reading))})",
        "is_not": lambda: f"lower({text}) NOT IN ({sql.texts(_values(condition.is_not, reading))})",
        "empty": lambda: f"{text} = ''" if condition.empty else f"{text} <> ''",
        "below": lambda: f"{numbers.decimal(text, rule)} < {condition.below}",
        "above": lambda: f"{numbers.decimal(text, rule)} > {condition.above}",
        "before": lambda: f"{times.parsed(text, rule, reading.timezone)} < {_start(condition, reading)}",
    }
    return " AND ".join(f"coalesce({tests[name]()}, FALSE)" for name in sorted(condition.tests))


def unreadable(condition: Condition, reading: Reading) -> str | None:
    """SQL: the text of a filled cell that ``condition`` can't read, else null; None where it can read any text."""
    rule = ColumnRule(column=condition.column, format=condition.format, decimal=condition.decimal)
    text = f"coalesce({source(rule, reading)}, '')"
    parsed = [numbers.decimal(text, rule)] if condition.tests & {"below", "above"} else []
    parsed += [times.parsed(text, rule, reading.timezone)] if "before" in condition.tests else []
    if not parsed:
        return None
    return f"CASE WHEN {text} <> '' AND ({' OR '.join(f'{each} IS NULL' for each in parsed)}) THEN {text} END"


def _values(values: tuple[str, ...], reading: Reading) -> list[str]:
    """The values in lower case; one that stands for a missing cell is the empty one."""
    return ["" if value in reading.missing else value.lower() for value in values]


def _start(condition: Condition, reading: Reading) -> str:
    return times.to_utc(f"TIMESTAMP '{condition.before:%Y-%m-%d %H:%M:%S}'", reading.timezone)
