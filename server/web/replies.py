"""Answers that are not plain values."""
from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO


@dataclass(frozen=True)
class Raw:
    """Bytes sent as they are, without the dialect's envelope. What `is_private` is kept by the reader alone, not by caches on the way."""

    content: bytes
    content_type: str
    status: int = 200
    max_age_seconds: int = 0
    is_private: bool = False

    @property
    def cache_control(self) -> str:
        if not self.max_age_seconds:
            return "no-store"
        return f"private, max-age={self.max_age_seconds}" if self.is_private else f"max-age={self.max_age_seconds}"


@dataclass(frozen=True)
class Download:
    """A file to be kept under that name, sent piece by piece and closed after it."""

    file: BinaryIO
    content_type: str
    name: str


@dataclass(frozen=True)
class Redirect:
    """Go there instead."""

    location: str
