"""Choosing the language of an answer."""
from __future__ import annotations

import pytest

from server.web.call import choose_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "zh"),
        ("", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en", "en"),
        ("EN-us", "en"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("zh;q=0.5, en;q=0.7", "en"),
        ("en;q=0.5, zh;q=0.7", "zh"),
        ("fr, en;q=0.1", "en"),
        ("fr,de", "zh"),
        ("*", "zh"),
        ("en;q=0", "zh"),
        ("en;q=high", "zh"),
        ("en;q=nan", "zh"),
        ("zh, en", "zh"),
        (",;,=", "zh"),
    ],
)
def test_the_answer_is_chinese_unless_english_is_preferred(header: str | None, language: str) -> None:
    assert choose_language(header) == language
