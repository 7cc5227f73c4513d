"""Answers that are not plain values."""
from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO


@dataclass(frozen=True)
class Raw:
    """Bytes sent as they are, without the dialect's envelope."""

    content: bytes
    content_type: str
    status: int = 200
    max_age_seconds: int = 0


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
