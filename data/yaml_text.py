"""YAML as people write it: read safely, with no key twice in a mapping, and with one kind of error."""

import io
import re
from collections.abc import Hashable
from typing import Any, Final

import yaml
from yaml.constructor import BaseConstructor, ConstructorError

MERGE = "tag:yaml.org,2002:merge"
"""The tag of the key ``<<``, which takes over the keys of another mapping; a key that is written then wins."""
FLOAT: Final = "tag:yaml.org,2002:float"
POWER_OF_TEN: Final = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$")
"""A number such as ``1e-05``: YAML 1.2 and so DVC, which writes params.yaml, take it as one; PyYAML takes a text."""


class _OnceEach(BaseConstructor):
    """Refuses a key that stands twice in a mapping: YAML's reader would take the last one in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - yaml's
        """Build a mapping; `ConstructorError` on a repeated key, with the place of the second."""
        seen = set()
        for key, _ in node.value:
            if key.tag == MERGE or not isinstance(key, yaml.ScalarNode):
                continue
            value = self.construct_object(key, deep=True)
            if value in seen:
                raise ConstructorError(None, None, f"the key {value!r} stands twice", key.start_mark)
            seen.add(value)
        return super().construct_mapping(node, deep)


class _Typed(_OnceEach, yaml.SafeLoader):
    """Reads scalars as YAML types them."""


_Typed.add_implicit_resolver(FLOAT, POWER_OF_TEN, list("-+0123456789"))


class _Text(_OnceEach, yaml.BaseLoader):
    """Reads every scalar as text: ``no``, ``1990-12-31``, ``007``."""


class _Named(io.StringIO):
    """A text whose errors name the file that it comes from."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__(text)
        self.name = name


def parse(text: str, name: str, *, as_text: bool = False) -> Any:
    r"""Read one YAML document.

    Parameters
    ----------
    text
        The document.
    name
        What errors call it, such as the path of its file.
    as_text
        Whether every scalar is a text.

    Raises
    ------
    yaml.YAMLError
        The text is no YAML, has a key twice in a mapping, has a value that can't be, such as the date 2024-13-45, or
        is nested too deeply.

    Examples
    --------
    >>> parse("a: 1", "example.yaml")
    {'a': 1}
    >>> parse("a: 1\na: 2", "example.yaml")
    Traceback (most recent call last):
    yaml.constructor.ConstructorError: the key 'a' stands twice
      in "example.yaml", line 2, column 1
    """
    try:
        return yaml.load(_Named(text, name), Loader=_Text if as_text else _Typed)  # noqa: S506 - both are safe
    except ValueError as error:
        raise yaml.YAMLError(f"{error}, in a value of {name}") from None
    except RecursionError:
        raise yaml.YAMLError(f"{name} is nested too deeply") from None
