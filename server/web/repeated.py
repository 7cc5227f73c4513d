"""Finds names that stand twice in one JSON object: which of two prices was meant nobody can know."""
from __future__ import annotations

import json
from collections import Counter
from typing import Any

# Objects as tuples of pairs. Numbers stay texts: only the names count here, and those of a thousand digits would not convert.
_decode_pairs = json.JSONDecoder(object_pairs_hook=tuple, parse_int=str, parse_float=str).decode


def find_repeated(text: str) -> set[str]:
    """The names of a JSON object that stand there twice, and those of what holds such an object at any depth.

    Takes what msgspec has decoded. Raises RecursionError.
    """
    pairs = _decode_pairs(text)
    if not isinstance(pairs, tuple):
        return set()
    repeated = {name for name, value in pairs if isinstance(value, (tuple, list)) and _repeats(value)}
    if len({name for name, _ in pairs}) < len(pairs):
        repeated |= {name for name, count in Counter(name for name, _ in pairs).items() if count > 1}
    return repeated


def _repeats(value: Any) -> bool:
    if isinstance(value, list):
        return any(_repeats(one) for one in value)
    if isinstance(value, tuple):
        return len({name for name, _ in value}) < len(value) or any(_repeats(inner) for _, inner in value)
    return False
