"""The shop's own reasons, translated to the codes of `Reason`."""

from data import sql
from data.errors import UserError
from data.personal_data.masking import is_shown
from data.schema import Reason
from data.sources.mapped.mapping.tables import ReturnsRule
from data.sources.mapped.rows import Work


def translate(work: Work, returns: str, rule: ReturnsRule) -> None:
    """Replace the reasons in the table ``returns`` by codes; `UserError` with all that the mapping lacks.

    A text that may be personal can't stand in a mapping: it is read as `Reason.OTHER`, and counted.
    """
    codes = {own: reason.value for own, reason in (rule.reasons or {code.value: code for code in Reason}).items()}
    query = (
        f"SELECT reason, count(*) FROM {returns} WHERE reason NOT IN ({sql.texts(codes)}) GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    others = [(str(own), int(count)) for own, count in sql.rows(work.connection, query)]
    unknown = [(own, count) for own, count in others if is_shown(own)][:50]
    if unknown:
        raise UserError(
            expected=f"returns.reasons of the mapping to translate every reason to one of {', '.join(Reason)}",
            found="not in it: " + ", ".join(f"{own!r} ({count} returns)" for own, count in unknown),
            fix=f"add a line for each under returns.reasons, such as {unknown[0][0]}: OTHER",
        )
    personal = {own: count for own, count in others if not is_shown(own)}
    work.decide("returns.reason", "personal_text_as_other", sum(personal.values()))
    codes |= dict.fromkeys(personal, Reason.OTHER.value)
    cases = " ".join(f"WHEN {sql.text(own)} THEN '{code}'" for own, code in codes.items())
    sql.run(work.connection, f"UPDATE {returns} SET reason = CASE reason {cases} END")
