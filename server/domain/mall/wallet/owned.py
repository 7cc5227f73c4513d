"""What belongs to one member and is kept by number: how it is asked for."""
from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol, TypeVar

from msgspec import Struct

from server.domain.errors import InvalidInput
from server.domain.moments import SHANGHAI
from server.domain.nouns import NounStore
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Contended, Transaction

Made = TypeVar("Made", bound=Struct)

MOST_FEN = 10_000_000_00  # at once


class OwnedStore(NounStore[Made], Protocol[Made]):
    """Where such things are kept."""

    async def find(self, id: Any, within: Transaction | None = None) -> Made | None: ...

    async def find_first(self, within: Transaction | None = None, **values: Any) -> Made | None:
        """The newest with these values."""

    async def count_with(self, within: Transaction | None = None, **values: Any) -> int: ...

    async def page_with(self, page: PageQuery, **values: Any) -> Page[Made]:
        """Those with these values, the newest first."""


async def save_owned(store: OwnedStore[Made], before: Made, after: Made, within: Transaction) -> None:
    """What was read in the same transaction: nobody can have changed it."""
    if not await store.save(before, after, None, within):
        raise Contended()


def make_number(prefix: str, now: datetime, id: int) -> str:
    """Told to people and to others outside; nobody guesses the next one."""
    return f"{prefix}{now.astimezone(SHANGHAI):%y%m%d%H%M%S}{id:06}{secrets.token_hex(2)}"


def fen_in(wanted: Mapping[str, Any], name: str) -> int:
    """Yuan that a client wrote, as a number or its text, in fen. Raises InvalidInput."""
    value = wanted.get(name)
    try:
        yuan = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else -1.0
    except (ValueError, OverflowError):
        yuan = -1.0
    if not 0 < yuan <= MOST_FEN / 100:
        raise InvalidInput({name: ["wrong_form"]})
    return int((Decimal(repr(yuan)) * 100).quantize(Decimal(1), ROUND_HALF_UP))
