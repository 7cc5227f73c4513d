"""Marks: how one process tells all others that the catalogue has changed."""
from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from server.domain.nouns import Made, Rules


class Marks(Struct, frozen=True):
    """`revision` is the last number given to a change of offers, `furniture` counts changes of everything around them."""

    revision: int = 0
    furniture: int = 0


class MarkStore(Protocol):
    """Where the marks are kept, for all processes."""

    async def read_marks(self) -> Marks: ...

    async def next_revision(self) -> int:
        """A number for one change of offers, taken before the change is written with it."""

    async def note_furniture_changed(self) -> None:
        """Called after categories, areas or price ranges were written."""


class Uses(Protocol):
    """Tells whether any offer names something, so that it must not go."""

    async def has_offers(self, *, category_id: int = 0, area_id: int = 0, shop_id: int = 0) -> bool:
        """Whether an offer names the one that is given, at either level."""


class FurnitureRules(Rules[Made]):
    """Of what stands around offers: every process hears of each change."""

    def __init__(self, marks: MarkStore):
        self._marks = marks

    async def note_changed(self) -> None:
        await self._marks.note_furniture_changed()
