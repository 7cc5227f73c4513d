"""What can go wrong anywhere in the mall."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from server.domain.accounts.users import BeingMerged, UserBanned
from server.domain.errors import (
    Conflict,
    DomainError,
    InvalidInput,
    MethodNotAllowed,
    NotAllowed,
    NotFound,
    NotSignedIn,
    TooMany,
    Unavailable,
)
from server.domain.transactions import Contended
from server.web.dialect import Failure


class NothingThere(NotFound):
    """A list is empty, or its page is past the end; `instead` is sent as data for clients that look there all the same."""

    def __init__(self, instead: Any = None):
        super().__init__("entry")
        self.instead = instead


MISSING = Failure(200, "300", "缺少参数", "Missing parameters")
MALFORMED = Failure(200, "601", "参数有误", "Invalid parameters")

ERRORS: dict[type[Exception], Failure] = {
    InvalidInput: MALFORMED,
    NotSignedIn: Failure(200, "2000", "请先登录", "Please sign in"),
    UserBanned: Failure(200, "4000", "账号已被停用", "This account has been suspended"),
    NotAllowed: Failure(200, "403", "没有权限", "This is not allowed"),
    NothingThere: Failure(200, "700", "暂无数据", "Nothing was found"),
    NotFound: Failure(200, "404", "数据不存在", "It does not exist"),
    MethodNotAllowed: Failure(200, "405", "不支持该请求方法", "This method is not supported here"),
    Contended: Failure(200, "900", "操作过于频繁，请稍后再试", "Others change the same; please try again"),
    Conflict: Failure(200, "20000", "当前状态不允许此操作", "Not possible in the present state"),
    TooMany: Failure(200, "900", "操作过于频繁，请稍后再试", "Too many requests; try again in a moment"),
    BeingMerged: Failure(200, "800", "账号正在合并，请稍后再登录", "This log-in is being merged; sign in again in a moment"),
    Unavailable: Failure(200, "800", "服务暂时不可用，请稍后重试", "Temporarily unavailable; please try again"),
    DomainError: Failure(200, "20000", "无法完成该请求", "The request cannot be done"),
    Exception: Failure(200, "-1", "服务器出错了，请稍后再试", "Something went wrong on our side"),
}

DATA: dict[type[Exception], Callable[[Any], Any]] = {NothingThere: lambda error: error.instead}
