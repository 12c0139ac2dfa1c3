"""The shop's own reasons, translated to the codes of `Reason`."""

from data import sql
from data.errors import UserError
from data.schema import Reason
from data.sources.mapped.mapping.tables import ReturnsRule
from data.sources.mapped.rows import Work


def translate(work: Work, returns: str, rule: ReturnsRule) -> None:
    """Replace the reasons in the table ``returns`` by codes; `UserError` with all that the mapping lacks."""
    codes = {own: reason.value for own, reason in (rule.reasons or {code.value: code for code in Reason}).items()}
    unknown = sql.rows(
        work.connection,
        f"SELECT reason, count(*) FROM {returns} WHERE reason NOT IN ({sql.texts(codes)}) "
        "GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 50",
    )
    if unknown:
        raise UserError(
            expected=f"returns.reasons of the mapping to translate every reason to one of {', '.join(Reason)}",
            found="not in it: " + ", ".join(f"{own!r} ({count} returns)" for own, count in unknown),
            fix=f"add a line for each under returns.reasons, such as {unknown[0][0]}: OTHER",
        )
    cases = " ".join(f"WHEN {sql.text(own)} THEN '{code}'" for own, code in codes.items())
    sql.run(work.connection, f"UPDATE {returns} SET reason = CASE reason {cases} END")
