"""Comparing answers with the document's examples."""
from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from handlers.bidding.shapes import SHANGHAI

# What the contract allows to be added: of goods with their bid, and of what the caller joined.
BEYOND_THE_DOCUMENT = {"step", "end_at", "pictures"}
BEYOND_IN_JOINED = {"max_price"}


def as_documented(answer: Any) -> str:
    """The answer as text, without the fields of goods that go beyond the document; these must all be there."""
    return as_text(_without_extras(answer))


def as_text(value: Any) -> str:
    """Tells 1 from 1.0 and true, as `==` does not, and differs line by line."""
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)


def shanghai(text: str) -> datetime:
    """The moment that the document writes so."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)


def _without_extras(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_extras(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "bid" in value:
        assert value.keys() >= BEYOND_THE_DOCUMENT
        value = {name: part for name, part in value.items() if name not in BEYOND_THE_DOCUMENT}
    if "joined" in value:
        assert all(one.keys() >= BEYOND_IN_JOINED for one in value["joined"])
        joined = [{name: part for name, part in one.items() if name not in BEYOND_IN_JOINED} for one in value["joined"]]
        value = value | {"joined": joined}
    return {name: _without_extras(part) for name, part in value.items()}
