"""Mobile segments: where numbers of seven digits' beginning were given out, and by whom."""
from __future__ import annotations

import re
from typing import Protocol

from msgspec import Struct

from server.domain.errors import Conflict, InvalidInput, NotFound
from server.domain.mall.verification import plain_mobile

DIGITS = 7  # of a segment
MOBILE = re.compile(r"1[3-9][0-9]{9}")
BEFORE_ALL = 0


class MobileWrong(Conflict):
    """It is no mobile number of the mainland."""


class SegmentWrong(Conflict):
    """It is no segment."""


class SegmentUnknown(NotFound):
    """Nobody knows where that was given out."""


class Segment(Struct, frozen=True):
    """`city` is empty where the province is one; `carrier` where nobody knows."""

    number: int
    province: str
    city: str
    carrier: str


class SegmentQuery(Struct, frozen=True, kw_only=True):
    """Parts of names; empty ones ask for any."""

    province: str = ""
    city: str = ""
    carrier: str = ""


class SegmentTable(Protocol):
    """What is known of segments."""

    async def find(self, number: int) -> Segment | None:
        """Raises Unavailable."""

    async def find_next(self, after: int, query: SegmentQuery) -> Segment | None:
        """The first one after that number. Raises Unavailable."""


class SegmentService:
    """Looks segments up."""

    def __init__(self, table: SegmentTable):
        self._table = table

    async def locate(self, mobile: str) -> Segment:
        """Raises MobileWrong and SegmentUnknown."""
        plain = plain_mobile(mobile)
        if not MOBILE.fullmatch(plain):
            raise MobileWrong()
        return _known(await self._table.find(int(plain[:DIGITS])))

    async def find_next(self, segment: str, query: SegmentQuery) -> Segment:
        """After that one; after 0 comes the first. Raises SegmentWrong and SegmentUnknown."""
        if segment != str(BEFORE_ALL) and not re.fullmatch(r"[0-9]{7}", segment):
            raise SegmentWrong()
        if any(len(part) > 64 for part in (query.province, query.city, query.carrier)):
            raise InvalidInput({"cityName": ["too_long:64"]})
        return _known(await self._table.find_next(int(segment), query))


def _known(segment: Segment | None) -> Segment:
    if segment is None:
        raise SegmentUnknown("segment")
    return segment
