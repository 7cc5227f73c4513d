"""What is made when it is first asked for: a process that starts makes nothing that nobody may ask for."""
from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Generic, TypeVar

T = TypeVar("T")


class Later(Generic[T]):
    """`value` is made by `make`, once."""

    def __init__(self, make: Callable[[], T]):
        self._make = make

    @cached_property
    def value(self) -> T:
        return self._make()


def now(given: T | Later[T]) -> T:
    """The thing itself."""
    return given.value if isinstance(given, Later) else given
