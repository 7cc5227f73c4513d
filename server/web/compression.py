"""Gzip, for what is public: files and pages. Answers of the APIs may hold secrets and go out as they are."""
from __future__ import annotations

import gzip

SMALLEST_BYTES = 256  # below it a response is one packet either way


def compress(content: bytes, level: int = 6) -> bytes | None:
    """The same bytes for the same content; None where it saves nothing."""
    if len(content) < SMALLEST_BYTES:
        return None
    compressed = gzip.compress(content, level, mtime=0)
    return compressed if len(compressed) < len(content) else None


def accepts_gzip(accept_encoding: str | None) -> bool:
    """Whether the header names gzip, or anything, without refusing it (RFC 9110, 12.5.3)."""
    weights: dict[str, float] = {}
    for part in (accept_encoding or "").split(","):
        coding, _, parameters = part.partition(";")
        name, _, weight = parameters.partition("=")
        try:
            weights[coding.strip().lower()] = float(weight) if name.strip().lower() == "q" else 1.0
        except ValueError:
            continue  # an unreadable weight asks for nothing
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0
