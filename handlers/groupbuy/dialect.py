"""The group-buy document's envelope `{cmd_id, status, msg, data}` and its table of errors. HTTP says 200 to everything."""
from __future__ import annotations

from typing import Any

import msgspec

from server.domain.errors import (
    DomainError,
    InvalidInput,
    MethodNotAllowed,
    NotFound,
    NotSignedIn,
    TooMany,
    Unavailable,
)
from server.domain.groupbuy.areas import AreaMissing
from server.domain.groupbuy.categories import CategoryMissing
from server.domain.groupbuy.offers import OfferMissing
from server.domain.groupbuy.price_ranges import PriceRangeMissing
from server.web.dialect import Failure, Reply, find_failure, problem_texts

COMMAND = -140  # the PHP application numbers its answers; its clients do not look
SUCCESS, FAILURE = 200, 250
TEXT_SHOWN = 32


class UnknownCall(NotFound):
    """No call has that value for `ctl`, `met` or `typ`, whichever is named."""

    def __init__(self, name: str, value: str):
        super().__init__(name)
        self.name = name
        self.value = value[:TEXT_SHOWN]


ERRORS: dict[type[Exception], Failure] = {
    UnknownCall: Failure(200, "unknown_call", "不支持的 {name}：“{value}”", "Unknown {name}: “{value}”"),
    OfferMissing: Failure(200, "offer_missing", "团购商品不存在", "There is no such offer"),
    CategoryMissing: Failure(200, "category_missing", "团购分类不存在", "There is no such category"),
    AreaMissing: Failure(200, "area_missing", "团购地区不存在", "There is no such area"),
    PriceRangeMissing: Failure(200, "price_range_missing", "价格区间不存在", "There is no such price range"),
    NotFound: Failure(200, "not_found", "请求的地址不存在", "There is nothing at this address"),
    MethodNotAllowed: Failure(405, "method_not_allowed", "请使用 GET 或 POST", "Use GET or POST"),
    InvalidInput: Failure(200, "invalid_input", "参数有误", "Invalid parameters"),
    NotSignedIn: Failure(200, "unauthenticated", "登录已失效", "The sign-in is not valid"),
    TooMany: Failure(200, "too_many_requests", "请求过于频繁，请稍后再试", "Too many requests; try again in a moment"),
    Unavailable: Failure(200, "unavailable", "服务暂时不可用，请稍后重试", "Temporarily unavailable; please try again"),
    DomainError: Failure(200, "bad_request", "无法完成该请求", "The request cannot be done"),
    Exception: Failure(200, "internal_error", "服务器出错了，请稍后再试", "Something went wrong on our side"),
}

_encode = msgspec.json.encode


class GroupbuyDialect:
    """Success has status 200, failure 250 with what is wrong in `msg` and no data. HTTP's own status is 200 but for other methods."""

    def success(self, value: Any) -> bytes:
        return b'{"cmd_id":%d,"status":%d,"msg":"success","data":%s}' % (COMMAND, SUCCESS, _encode(value))

    def failure(self, error: Exception, language: str) -> Reply:
        row = find_failure(ERRORS, error)
        text = row.text(error, language)
        if isinstance(error, InvalidInput):
            text += ("：" if language == "zh" else ": ") + _explain(error, language)
        # An empty list is how PHP writes no data.
        return Reply(row.status, _encode({"cmd_id": COMMAND, "status": FAILURE, "msg": text, "data": []}), _headers(error))

    def failures(self) -> dict[type[Exception], Failure]:
        return ERRORS

    def success_schema(self, data: dict[str, Any]) -> dict[str, Any]:
        return _schema({"const": SUCCESS}, {"const": "success"}, data)

    def failure_schema(self) -> dict[str, Any]:
        return _schema({"const": FAILURE}, {"type": "string", "minLength": 1}, {"type": "array", "maxItems": 0})


def _explain(error: InvalidInput, language: str) -> str:
    problems = problem_texts(error, language)
    parts = [f"{name} {text}" for name, texts in problems.items() for text in texts]
    return ("；" if language == "zh" else "; ").join(parts)


def _headers(error: Exception) -> dict[str, str]:
    # What no client of the document sends is a matter of HTTP: a TRACE or a PUT is not to look as if it had been done.
    return {"Allow": ", ".join(error.allowed)} if isinstance(error, MethodNotAllowed) else {}


def _schema(status: dict[str, Any], msg: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"cmd_id": {"const": COMMAND}, "status": status, "msg": msg, "data": data},
        "required": ["cmd_id", "status", "msg", "data"],
        "additionalProperties": False,
    }
