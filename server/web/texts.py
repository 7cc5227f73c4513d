"""Parameters that come as texts, in a form or a query: turned into what JSON would have in their place."""
from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import inspect

# A whole number in JSON and everywhere else: digits alone. 21000.0 and 2.1e4 are refused, as is what a float would round.
WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_MOST_DIGITS = 4000  # Python reads no number that is much longer

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def value_reader(kind: Any) -> Callable[[str], Any]:
    """Gives for a field's type what makes a value of a text. A text that does not fit stays one, and is refused as in JSON."""
    kinds = alternatives(inspect.type_info(kind))
    is_nullable = any(isinstance(one, inspect.NoneType) for one in kinds)
    for one in kinds:
        read = _reader(one)
        if read is not None:
            return lambda text: None if is_nullable and text == "null" else read(text)
    return lambda text: text


def alternatives(found: inspect.Type) -> list[inspect.Type]:
    """The types that a value of this one may have, without what is asked of each."""
    if isinstance(found, inspect.Metadata):
        return alternatives(found.type)
    if isinstance(found, inspect.UnionType):
        return [inner for one in found.types for inner in alternatives(one)]
    return [found]


def _reader(kind: inspect.Type) -> Callable[[str], Any] | None:
    if isinstance(kind, inspect.IntType):
        return _whole_number
    if isinstance(kind, inspect.FloatType):
        return _number
    if isinstance(kind, inspect.BoolType):
        return lambda text: _BOOLEANS.get(text.lower(), text)
    if isinstance(kind, inspect.EnumType):
        return _whole_number if all(isinstance(one.value, int) for one in kind.cls) else None
    if isinstance(kind, inspect.LiteralType):
        return _whole_number if all(isinstance(one, int) for one in kind.values) else None
    return None


def _whole_number(text: str) -> Any:
    return int(text) if len(text) <= _MOST_DIGITS and WHOLE_NUMBER.fullmatch(text) else text


def _number(text: str) -> Any:
    try:
        return msgspec.json.decode(text) if _NUMBER.fullmatch(text) else text
    except msgspec.DecodeError:
        return text  # larger than numbers are
