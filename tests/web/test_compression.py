"""Who is sent gzip, and what."""
from __future__ import annotations

import gzip
import os

import pytest

from server.web.compression import accepts_gzip, compress


@pytest.mark.parametrize(
    ("header", "is_accepted"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("gzip, deflate, br", True),
        ("br;q=1.0, GZIP;q=0.5", True),
        ("br, gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("*", True),
        ("*;q=0", False),
        ("gzip;q=0, *", False),
        ("identity, *;q=0, gzip;q=0.1", True),
        ("x-gzip", True),
        ("br", False),
        ("gzip;q=much", False),
    ],
)
def test_the_header_decides(header: str | None, is_accepted: bool) -> None:
    assert accepts_gzip(header) == is_accepted


def test_the_same_content_gives_the_same_bytes() -> None:
    content = b"banknotes " * 100
    first = compress(content)
    assert first is not None and first == compress(content)
    assert gzip.decompress(first) == content


@pytest.mark.parametrize("content", [b"", b"short" * 20, os.urandom(4000)])
def test_what_does_not_get_shorter_is_left_alone(content: bytes) -> None:
    assert compress(content) is None
