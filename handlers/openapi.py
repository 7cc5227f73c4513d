"""The description of all documents together."""
from __future__ import annotations

from functools import cache

import msgspec

from handlers import DOCUMENTS
from handlers.ops.examples import EXAMPLES
from server.web.openapi import describe

INFO = {
    "title": "纸钞竞拍 API",
    "version": "1.0",
    "description": (
        "金额均为分，时间为北京时间。整数只写数字：21000.0、2.1e4 均为 422。未知地址答 404，不支持的方法答 405 并在 Allow 中列出可用方法。\n\n"
        "Money in fen, times of Asia/Shanghai. Integers are written in digits alone: 21000.0 and 2.1e4 are 422. An unknown path "
        "answers 404, a method that a path does not have 405, with those it has in Allow."
    ),
}


@cache
def render_description(domain: str = "mall") -> bytes:
    """OpenAPI 3.1, as JSON; the mall is in that folder."""
    return msgspec.json.encode(describe(DOCUMENTS, info=INFO, examples=EXAMPLES, folders={"domain": (domain,)}))
