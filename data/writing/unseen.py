"""Signs that are not seen but change what is: they turn the direction of a text, have no width, or control a terminal.

With them a name can read as another one. People are shown each by its number, such as ``[U+202E]``. See Unicode's
technical report 36 (security) and its property Default_Ignorable_Code_Point.
"""

import re
from typing import Final

_SIGNS: Final = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e007f"
)
_UNSEEN: Final = re.compile(f"[{_SIGNS}]")
_IN_HTML: Final = re.compile(f"<textarea[^>]*>[^<]*</textarea>|<[^>]*>|[{_SIGNS}]")


def shown(text: str) -> str:
    """Show the signs of a text that are not seen."""
    return _UNSEEN.sub(_number, text)


def shown_in_html(page: str) -> str:
    """Show the signs of a page that are not seen, also in the data of its charts.

    Tags stay as they are, so that forms and links hold the very names; so does what a reader has typed.
    """
    return _IN_HTML.sub(_number, page) if _UNSEEN.search(page) else page


def _number(found: re.Match[str]) -> str:
    text = found.group()
    return text if text.startswith("<") else f"[U+{ord(text):04X}]"
