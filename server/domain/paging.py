"""Pages of lists, and what may be asked of a list."""
from __future__ import annotations

from typing import Any, Generic, TypeVar

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


class Between(Struct, frozen=True):
    """A filter for values from `first` to `last`, both included; None is no bound."""

    first: Any = None
    last: Any = None


class AnyOf(Struct, frozen=True):
    """A filter for any of these values."""

    values: tuple[Any, ...]


class ListQuery(Struct, frozen=True, kw_only=True):
    """What of a list: `filters` by field, `text` found in any of the fields `searched`.

    `order` names fields, with `-` before it a falling one; without any the list's usual order stands.
    """

    filters: dict[str, Any] = {}
    text: str = ""
    searched: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
