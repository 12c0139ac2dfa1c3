"""SQL of a mapping's conditions over the rows of an input: true or false for every row, never null."""

from data import sql
from data.sources.mapped import numbers, times
from data.sources.mapped.cells import THOUSANDS, Reading, source
from data.sources.mapped.cleaning import plain_digits
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


def unreadable(condition: Condition, reading: Reading) -> str | None:
    """SQL: the text of a filled cell that ``condition`` can't read, else null; None where it can read any text.

    A number such as 1.000 can't be read where the test comes out otherwise for a thousand, and ``decimal`` is not set.
    """
    rule = _rule(condition)
    text = f"coalesce({source(rule, reading)}, '')"
    number = numbers.decimal(text, rule)
    failed = [f"{number} IS NULL"] if condition.tests & {"below", "above"} else []
    failed += (
        [f"{times.parsed(plain_digits(text), rule, reading.timezone)} IS NULL"] if "before" in condition.tests else []
    )
    if not failed:
        return None
    if "decimal" not in condition.model_fields_set and condition.thousands is None:
        bounds = [sign for sign in (condition.below, condition.above) if sign is not None]
        failed += [
            f"({_may_be_thousands(text, rule)} AND sign({number} - {each}) <> sign(1000 * {number} - {each}))"
            for each in bounds
        ]
    return f"CASE WHEN {text} <> '' AND ({' OR '.join(failed)}) THEN {text} END"


def _may_be_thousands(text: str, rule: ColumnRule) -> str:
    return f"{numbers.decimals(text, rule)} = {THOUSANDS}"


def _rule(condition: Condition) -> ColumnRule:
    return ColumnRule(
        column=condition.column, format=condition.format, decimal=condition.decimal, thousands=condition.thousands
    )


def _holds(condition: Condition, reading: Reading) -> str:
    rule = _rule(condition)
    text = f"coalesce({source(rule, reading)}, '')"
    tests = {
        "is_": lambda: f"lower({text}) IN ({sql.texts(_values(condition.is_, reading))})",
        "is_not": lambda: f"lower({text}) NOT IN ({sql.texts(_values(condition.is_not, reading))})",
        "empty": lambda: f"{text} = ''" if condition.empty else f"{text} <> ''",
        "below": lambda: f"{numbers.decimal(text, rule)} < {condition.below}",
        "above": lambda: f"{numbers.decimal(text, rule)} > {condition.above}",
        "before": lambda: f"{times.parsed(plain_digits(text), rule, reading.timezone)} < {_start(condition, reading)}",
    }
    return " AND ".join(f"coalesce({tests[name]()}, FALSE)" for name in sorted(condition.tests))


def _values(values: tuple[str, ...], reading: Reading) -> list[str]:
    """The values in lower case; one that stands for a missing cell is the empty one."""
    return ["" if value in reading.missing else value.lower() for value in values]


def _start(condition: Condition, reading: Reading) -> str:
    return times.to_utc(f"TIMESTAMP '{condition.before:%Y-%m-%d %H:%M:%S}'", reading.timezone)
