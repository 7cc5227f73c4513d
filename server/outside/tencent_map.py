"""Tencent's map (WebService API): addresses of points, and what is found around them."""
from __future__ import annotations

import logging
from typing import Any

from server.domain.errors import InvalidInput, TooMany, Unavailable
from server.domain.mall.tools.places import PlaceSearch
from server.outside.questions import RETRY_AFTER_SECONDS, Questions, Refused

log = logging.getLogger(__name__)

WHAT = "map"
RIGHT = 0
SPENT = frozenset((120, 121))  # questions of this second, and of this day
WRONG = range(300, 400)  # what is asked: parameters missing, of the wrong form, with nothing there


class TencentMap:
    """Implements PlaceMap. The key reaches neither the log nor an answer."""

    def __init__(self, key: str, base: str):
        self._key = key
        self._base = base
        self._questions = Questions(WHAT)

    def close(self) -> None:
        self._questions.close()

    async def find_address(self, location: str, coordinates: int) -> dict[str, Any]:
        return await self._ask("/ws/geocoder/v1/", {"location": location, "coord_type": str(coordinates)}, "location")

    async def search(self, wanted: PlaceSearch) -> dict[str, Any]:
        asked = {
            "keyword": wanted.words,
            "boundary": wanted.boundary,
            "page_index": str(wanted.page),
            "page_size": str(wanted.size),
        }
        return await self._ask("/ws/place/v1/search", asked, "boundary")

    async def _ask(self, path: str, question: dict[str, str], field: str) -> dict[str, Any]:
        try:
            found = await self._questions.get(f"{self._base}{path}", {**question, "key": self._key})
        except Refused as refused:
            found = {"status": refused.status}
        status = found.get("status")
        if status == RIGHT:
            return found
        if status in SPENT:
            raise TooMany(1)
        if isinstance(status, int) and status in WRONG and status not in (311, 399):  # keys and their rights are ours to mend
            raise InvalidInput({field: ["wrong_form"]})
        log.error("Tencent's map refuses a question with status %s", status)
        raise Unavailable(WHAT, RETRY_AFTER_SECONDS)


class NoMap:
    """Implements PlaceMap where nobody has a key."""

    async def find_address(self, location: str, coordinates: int) -> dict[str, Any]:
        raise Unavailable(WHAT)

    async def search(self, wanted: PlaceSearch) -> dict[str, Any]:
        raise Unavailable(WHAT)
