"""Which code a shop's own reason for a return most likely means, by its words in several languages."""

import re
from functools import cache
from pathlib import Path

import yaml

from data.drafting.headers.vocabulary import plain
from data.schema import Reason

FILE = Path(__file__).with_name("reason_words.yaml")


def code_of(reason: str) -> Reason:
    """Give the code that a shop's ``reason`` means; `Reason.OTHER` where its words name none, or several."""
    text = plain(reason)
    found = [code for code, pattern in _patterns().items() if pattern.search(text)]
    return found[0] if len(found) == 1 else Reason.OTHER


@cache
def _patterns() -> dict[Reason, re.Pattern[str]]:
    words: dict[str, list[str]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {Reason(code): re.compile(rf"(?<![a-z])(?:{'|'.join(each)})") for code, each in words.items()}
