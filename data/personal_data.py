"""Columns of names, emails and addresses are refused: no later step needs them, and no output may hold them."""

import re
from collections.abc import Sequence

from data.errors import UserError

NAMES_OF_PERSONAL_COLUMNS = re.compile(
    r"(^|_)(e_?mails?|mail|phone|telephone|telefon|fax|surname|forename|firstname|lastname|vorname|nachname|familienname"
    r"|street|strasse|straße|adresse|address|anschrift|(first|last|full|given|family|middle|customer|client|user|buyer"
    r"|recipient|contact|kunden)_?name)(_?(address|adresse|line|number|no|nr|[0-9]))?$"
)
"""Names of columns in lower case with underscores; ``address_country`` and ``email_consent`` don't match."""

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
STREET = re.compile(
    r"(\b(street|st|road|rd|avenue|ave|lane|drive|boulevard|blvd|weg|platz|allee|gasse|rue|calle|via)\b\.?"
    r"|(straße|strasse|str\.|gasse|weg|platz|allee)(\s|$))",
    re.IGNORECASE,
)
HOUSE_NUMBER = re.compile(r"(^|\s)\d{1,4}\s?[A-Za-z]?(,|\s|$)")
PERSON = re.compile(
    r"(?:(?:mrs?|ms|dr|herr|frau)\.?\s+)?([^\W\d_]+)(?:\s+[^\W\d_]+\.?)*\s+[^\W\d_]([^\W\d_]|['-])+",
    re.IGNORECASE,
)
_COMMON = (
    "adam ahmed alexander alice amy ana andrea andreas andrew angela anja anna anne anthony antonio ashley barbara "
    "bernd betty birgit brian carlos carmen carol catherine charles charlotte christian christina christine "
    "claudia daniel david deborah dennis dieter donald donna dorothy edward elena elisabeth elizabeth emily emma eric "
    "eva fatima felix frank gabriele george gerhard hannah hans heike heinz helen helga ines ingrid isabel jack jacob "
    "james jan jason jean jennifer jens jessica joan john jonas jorge joseph juan julia jürgen karen karin karl "
    "katharina kathrin kevin kimberly klaus larry laura laurent lena leon linda lisa louis lucas luis lukas manfred "
    "manuel marco margaret maria marie mario mark markus martin martina mary matthew matthias max melissa mia michael "
    "michelle miguel mohammed monika nancy nicole nicholas nina olivia oliver pablo pamela patricia patrick paul paula "
    "peter petra philipp pierre rachel ralf rebecca renate richard robert roland ronald rosa ruth sabine samuel sandra "
    "sara sarah sebastian sharon silke simon sofia sophie stefan stefanie stephanie stephen steven susan susanne "
    "sven tanja thomas tim timothy tobias ulrike ursula uwe victor walter werner william wolfgang"
)
GIVEN_NAMES = frozenset(_COMMON.split())
"""Common given names in English, German, French, Spanish and Italian: enough to recognise a column of persons."""

SHARES = {"emails": 0.05, "street addresses": 0.2, "names of persons": 0.3}
"""Least share of suspect values at which a column is refused; a smaller share counts as coincidence."""


def refuse(column: str, values: Sequence[str], *, may_hold_names: bool) -> None:
    """Refuse a column that by its name or its values holds emails, street addresses or names of persons.

    Parameters
    ----------
    column
        The shop's name of the column.
    values
        Some of its values, none missing.
    may_hold_names
        Whether names of persons are allowed, as in a column of brands (Calvin Klein).

    Raises
    ------
    UserError
        The message names the column and the kind of data that it seems to hold, never a value.
    """
    plain = re.sub(r"[^a-z0-9ß]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column).lower())
    if NAMES_OF_PERSONAL_COLUMNS.search(plain):
        raise _personal(column, "by its name it holds names, emails, phone numbers or addresses")
    for kind, found in _suspects(values, may_hold_names=may_hold_names).items():
        if values and found / len(values) >= SHARES[kind]:
            raise _personal(column, f"{found} of {len(values)} values in the sample look like {kind}")


def _suspects(values: Sequence[str], *, may_hold_names: bool) -> dict[str, int]:
    suspects = {
        "emails": sum(EMAIL.search(value) is not None for value in values),
        "street addresses": sum(bool(STREET.search(value) and HOUSE_NUMBER.search(value)) for value in values),
    }
    if not may_hold_names:
        suspects["names of persons"] = sum(_is_person(value) for value in values)
    return suspects


def _is_person(value: str) -> bool:
    """Whether ``value`` is a common given name with another word: ``Anna Meier`` or ``Meier, Anna``."""
    last_first = re.fullmatch(r"([^,]+),\s*([^,]+)", value.strip())
    person = PERSON.fullmatch(f"{last_first[2]} {last_first[1]}" if last_first else value.strip())
    return person is not None and person[1].lower() in GIVEN_NAMES


def _personal(column: str, found: str) -> UserError:
    return UserError(
        expected=f"no personal data in the mapped column {column!r}",
        found=found,
        fix="take the column out of the mapping; for customer_id deliver the shop's own customer number instead",
    )
