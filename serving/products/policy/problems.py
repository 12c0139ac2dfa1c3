"""What is wrong with a scenario, each thing at its field, in the reader's language."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from serving.products.web.language import Language, mark
from training.decisions.policy_faults import KEY_MARK, essential, said

WHOLE: Final = ""
"""The field of a problem of the whole scenario."""
YAML: Final = "yaml"
"""The field with the whole policy as text."""
SHOWN: Final = 60
"""Most characters of a wrong value that a message shows."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: the name of its ``field``, and a message for its ``values``.

    ``place``: where in the policy, in words of its YAML; empty where the field says so. ``found``: the wrong value.
    """

    field: str
    message: str
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)
    place: str = ""
    found: str = ""

    def say(self, language: Language) -> str:
        """Write the message."""
        numbers = {name: _written(value, language) for name, value in self.values.items()}
        text = language.text(self.message, **numbers)
        found = language.text("found %(found)s", found=self.found) if self.found else ""
        return "; ".join(part for part in (f"{self.place}: {text}" if self.place else text, found) if part)


class ProblemsError(Exception):
    """A scenario can't be tried: ``problems``."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{each.field}: {each.message}" for each in problems))


_BOUNDS: Final[Mapping[str, tuple[str, str]]] = {
    "greater_than": ("gt", mark("expected more than %(bound)s")),
    "greater_than_equal": ("ge", mark("expected %(bound)s or more")),
    "less_than": ("lt", mark("expected less than %(bound)s")),
    "less_than_equal": ("le", mark("expected %(bound)s or less")),
}
_PLAIN: Final[Mapping[str, str]] = {
    "missing": mark("expected this key, which is not there"),
    "extra_forbidden": mark("expected only keys that a policy has"),
}


def of_validation(error: ValidationError, content: Any, names: Mapping[str, str]) -> Iterator[Problem]:
    """Say what the policy's schema refuses in ``content``.

    ``names``: the fields by the place in the policy (dotted); what has no field of its own is said of the YAML.
    """
    for item in essential(error):
        place = ".".join(map(str, _named(item["loc"], content)))
        of_field = names.get(place)
        message, values = _message(item)
        found = "" if isinstance(item["input"], dict | list) else shortened(str(item["input"]))
        yield Problem(of_field or YAML, message, values, "" if of_field else place, found)


def shortened(text: str) -> str:
    """Cut a wrong value to what a message can show."""
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def raw(text: str) -> str:
    """Write a text of others so that it is a message without values."""
    return text.replace("%", "%%")


def _named(loc: tuple[int | str, ...], content: Any) -> Iterator[int | str]:
    """The steps to a place; an action is called by its name."""
    for number, step in enumerate(loc):
        if number == 1 and loc[0] == "actions" and isinstance(step, int):
            action = content["actions"][step]
            name = action.get("name") if isinstance(action, dict) else None
            yield name if isinstance(name, str) else step
        elif step != KEY_MARK:
            yield step


def _message(item: ErrorDetails) -> tuple[str, dict[str, object]]:
    if item["type"] in _BOUNDS:
        key, message = _BOUNDS[item["type"]]
        return message, {"bound": item.get("ctx", {}).get(key)}
    if item["type"] in _PLAIN:
        return _PLAIN[item["type"]], {}
    return raw(said(item)), {}


def _written(value: object, language: Language) -> object:
    if isinstance(value, int | float):
        digits = 0 if float(value).is_integer() else len(f"{value:g}".partition(".")[2])
        return language.number(value, digits)
    return value
