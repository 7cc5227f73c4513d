"""Pages of lists."""
from __future__ import annotations

from typing import Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")


class PageQuery(Struct, frozen=True):
    """Which page: `number` counts from 1, `size` is the most entries on it."""

    number: int = 1
    size: int = 15

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size


class Page(Struct, Generic[T], frozen=True):
    """One page of a list and how many entries the whole list has."""

    number: int
    items: list[T]
    total: int
