"""Places: addresses of points, and what is found around them. Tencent's map knows them."""
from __future__ import annotations

from typing import Any, Protocol

from msgspec import Struct


class PlaceSearch(Struct, frozen=True, kw_only=True):
    """`boundary` in the map's own words."""

    words: str
    boundary: str
    page: int
    size: int


class PlaceMap(Protocol):
    """Answers in the map's own words."""

    async def find_address(self, location: str, coordinates: int) -> dict[str, Any]:
        """Of a point. Raises InvalidInput, TooMany and Unavailable."""

    async def search(self, wanted: PlaceSearch) -> dict[str, Any]:
        """Raises InvalidInput, TooMany and Unavailable."""
