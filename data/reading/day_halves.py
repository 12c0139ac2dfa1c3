"""The words of other languages for AM and PM, which ``%p`` reads as the English ones."""

from data import sql

MORNING, AFTERNOON = (
    (r"a\.? ?m", "πμ", r"π\. ?μ", "dop", "dopoledne", "öö", "sa", "fm", "früh", "ص", "صباحا", "ق.ظ"),
    (r"p\.? ?m", "μμ", r"μ\. ?μ", "odp", "odpoledne", "ös", "ch", "em", "م", "مساء", "ب.ظ"),
)
"""Whole words of Spanish, Greek, Czech, Turkish, Vietnamese, Swedish, German, Arabic and Persian, as regular
expressions that leave a dot at the end out."""
JOINED = (("上午", "午前", "오전", "凌晨", "早上"), ("下午", "午後", "오후", "晚上"))
"""Those of Chinese, Japanese and Korean, which stand beside other letters."""


def has_half(layout: str) -> bool:
    """Whether a format of ``strftime`` has AM or PM."""
    return "%p" in layout


def english(text: str) -> str:
    """SQL: ``text`` with AM or PM in place of such a word; other texts stay as they are."""
    found = text
    for words, joined, half in zip((MORNING, AFTERNOON), JOINED, ("AM", "PM"), strict=True):
        whole = rf"(^|[^\pL])(?:{'|'.join(words)})\.?($|[^\pL])"
        within = f"({'|'.join(joined)})"
        between = sql.text(rf"\1{half}\2")
        found = f"regexp_replace({found}, {sql.text(whole)}, {between}, 'i')"
        found = f"regexp_replace({found}, {sql.text(within)}, {sql.text(half)})"
    plain = f"strlen({text}) = length({text}) AND regexp_matches({text}, '(?i)[ap]m')"
    return f"CASE WHEN {plain} THEN {text} ELSE {found} END"
