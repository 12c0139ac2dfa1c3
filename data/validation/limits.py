"""The limits of validation: shares of rows that may break a rule, of all rules together and of single ones."""

from collections.abc import Mapping

from data.schema import ORDER_LINES
from data.validation.params import ValidationParams
from data.validation.report import SHOWN, BrokenRule, TableReport

GENERAL, BY_RULE = "validation.max_reject_share", "validation.max_reject_share_by_rule"


def exceeded(
    tables: Mapping[str, TableReport], malformed: tuple[BrokenRule, ...], params: ValidationParams
) -> list[str]:
    """List each limit that a table breaks, with how far, and its worst rules with examples.

    A rule with a limit of its own counts for that limit alone.

    Parameters
    ----------
    malformed
        Rows of the source's files that could not be read, so that no table has them.
    """
    failures = []
    for name, report in tables.items():
        rules = _apart(report.rules, params)
        if report.reject_share > params.max_reject_share:
            failures.append(_general(name, report.reject_share, report.whole, rules, params.max_reject_share))
        failures += _single(name, report.whole, report.rules, params)
    # The table of such a row is not known. Order lines are the largest table, so their count is the reference.
    whole = sum(rule.rows for rule in malformed) + tables[ORDER_LINES.name].rows
    unread = sum(rule.rows for rule in _apart(malformed, params))
    if unread > params.max_reject_share * whole:
        rules = _apart(malformed, params)
        failures.append(_general("the source's files", unread / whole, whole, rules, params.max_reject_share))
    return failures + _single("the source's files", whole, malformed, params)


def described(params: ValidationParams) -> str:
    """Write the limits in words."""
    single = "".join(f", {share:.1%} by {rule}" for rule, share in sorted(params.max_reject_share_by_rule.items()))
    return (
        f"at most {params.max_reject_share:.1%} of a table's rows broken ({GENERAL})"
        f"{f'{single} ({BY_RULE})' if single else ''}, and at most {params.max_unknown_share:.1%} of the lines without "
        "their product or customer (validation.max_unknown_share)"
    )


def worst(rules: tuple[BrokenRule, ...]) -> str:
    """Write the worst of the ``rules``, each with its first examples."""
    sorted_rules = sorted(rules, key=lambda rule: -rule.rows)
    more = len(rules) - SHOWN
    return "; ".join(map(str, sorted_rules[:SHOWN])) + (f"; and {more} rules with fewer rows" if more > 0 else "")


def _apart(rules: tuple[BrokenRule, ...], params: ValidationParams) -> tuple[BrokenRule, ...]:
    """Leave out the rules with a limit of their own."""
    return tuple(rule for rule in rules if rule.rule not in params.max_reject_share_by_rule)


def _general(name: str, share: float, whole: int, rules: tuple[BrokenRule, ...], limit: float) -> str:
    above = f"{100 * (share - limit):.1f} points above {GENERAL} = {limit:.1%}"
    return f"{name}: {share:.1%} of {whole:,} rows broken, {above}: {worst(rules)}"


def _single(name: str, whole: int, rules: tuple[BrokenRule, ...], params: ValidationParams) -> list[str]:
    failures = []
    for rule, limit in sorted(params.max_reject_share_by_rule.items()):
        broken = tuple(found for found in rules if found.rule == rule)
        rows = sum(found.rows for found in broken)
        share = min(1.0, rows / whole) if whole else 0.0
        if share > limit:
            above = f"{100 * (share - limit):.1f} points above {BY_RULE}.{rule} = {limit:.1%}"
            failures.append(f"{name}: {share:.1%} of {whole:,} rows broke {rule}, {above}: {worst(broken)}")
    return failures
