"""The accounts document's envelope `{code, message, data}`, its codes and its table of errors."""
from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from handlers.accounts.shapes import document_time
from server.domain.accounts.addresses import TooManyAddresses
from server.domain.accounts.attempts import LoginBlocked
from server.domain.accounts.directory import NotOnYourself
from server.domain.accounts.invitations import InvitationExpired, InvitationRefused, InvitationUnknown, InvitationUsedUp
from server.domain.accounts.password_login import WrongCredentials
from server.domain.accounts.passwords import WrongPassword
from server.domain.accounts.usernames import UsernameTaken
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
from server.web.dialect import Failure, Reply, find_failure, problem_texts

SUCCESS = 20001

# code → what it means, in Chinese as the document has it, and in English
CODES: dict[int, tuple[str, str]] = {
    10001: ("参数有误", "The parameters are wrong"),
    10003: ("数据有误", "The data are wrong"),
    20001: ("操作成功", "Done"),
    40001: ("禁止访问", "Access is forbidden"),
    40003: ("权限不足", "Not enough rights"),
    40004: ("查询为空", "Nothing was found"),
    40005: ("请求过期", "The request has expired"),
    50001: ("操作失败", "The operation failed"),
}

# Failure.error is the code.
ERRORS: dict[type[Exception], Failure] = {
    WrongPassword: Failure(422, "10001", *CODES[10001]),
    InvalidInput: Failure(422, "10001", *CODES[10001]),
    WrongCredentials: Failure(400, "10003", "用户名或密码不正确", "The username or the password is wrong"),
    UsernameTaken: Failure(409, "10003", "用户名已被使用", "This username is taken"),
    InvitationUnknown: Failure(409, "10003", "邀请码无效", "This invitation is not valid"),
    InvitationUsedUp: Failure(409, "10003", "邀请码已用完", "This invitation is used up"),
    InvitationExpired: Failure(410, "40005", "邀请码已过期", "This invitation has expired"),
    TooManyAddresses: Failure(409, "10003", "最多保存 {most} 个地址", "At most {most} addresses can be kept"),
    NotOnYourself: Failure(409, "10003", "不能对自己执行此操作", "This cannot be done to yourself"),
    Conflict: Failure(409, "10003", *CODES[10003]),
    LoginBlocked: Failure(403, "40001", "尝试次数过多，请于 {until} 后再试", "Too many tries; try again after {until}"),
    TooMany: Failure(403, "40001", "请求过于频繁，请稍后再试", "Too many requests; try again in a moment"),
    UserBanned: Failure(403, "40001", "账号已被停用", "This account has been suspended"),
    MethodNotAllowed: Failure(405, "40001", "不支持该请求方法", "This method is not supported here"),
    NotAllowed: Failure(403, "40003", *CODES[40003]),
    NotFound: Failure(404, "40004", *CODES[40004]),
    NotSignedIn: Failure(401, "", "Unauthenticated.", "Unauthenticated."),
    BeingMerged: Failure(500, "50001", "账号正在合并，请稍后再登录", "This log-in is being merged; sign in again in a moment"),
    Unavailable: Failure(500, "50001", "服务暂时不可用，请稍后重试", "Temporarily unavailable; please try again"),
    DomainError: Failure(400, "10003", *CODES[10003]),
    Exception: Failure(500, "50001", *CODES[50001]),
}

# Refusals that belong to one field of a form, beside InvalidInput.
FIELDS: dict[type[Exception], str] = {UsernameTaken: "username", InvitationRefused: "invitation_code"}

_encode = msgspec.json.encode


class AccountsDialect:
    """Success has code 20001; a failure its code and the matching HTTP status; without a valid token the answer has no code."""

    def success(self, value: Any) -> bytes:
        return b'{"code":20001,"message":"\xe6\x93\x8d\xe4\xbd\x9c\xe6\x88\x90\xe5\x8a\x9f","data":' + _encode(value) + b"}"

    def failure(self, error: Exception, language: str) -> Reply:
        row = find_failure(ERRORS, error)
        body: dict[str, Any] = {"message": _text(row, error, language)}
        if row.error:
            body = {"code": int(row.error), **body, "data": _facts(row, error, language)}
        return Reply(row.status, _encode(body), _headers(error))

    def failures(self) -> dict[type[Exception], Failure]:
        return ERRORS

    def success_schema(self, data: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {"code": {"const": SUCCESS}, "message": {"const": CODES[SUCCESS][0]}, "data": data},
            "required": ["code", "message", "data"],
            "additionalProperties": False,
        }

    def failure_schema(self) -> dict[str, Any]:
        codes = sorted(code for code in CODES if code != SUCCESS)
        coded = {
            "type": "object",
            "properties": {"code": {"enum": codes}, "message": {"type": "string", "minLength": 1}, "data": {"type": "object"}},
            "required": ["code", "message", "data"],
            "additionalProperties": False,
        }
        unauthenticated = {
            "type": "object",
            "properties": {"message": {"const": "Unauthenticated."}},
            "required": ["message"],
            "additionalProperties": False,
        }
        return {"oneOf": [coded, unauthenticated]}


def _text(row: Failure, error: Exception, language: str) -> str:
    if isinstance(error, LoginBlocked):
        template = row.zh if language == "zh" else row.en
        return template.format(until=_not_before(error.until))
    return row.text(error, language)


def _facts(row: Failure, error: Exception, language: str) -> dict[str, Any]:
    """What a client can act on: the fields that are wrong, or when to try again and whether a captcha is taken instead of waiting."""
    if isinstance(error, InvalidInput):
        return problem_texts(error, language)
    if isinstance(error, WrongPassword):
        return problem_texts(InvalidInput({error.field: ["wrong_password"]}), language)
    if isinstance(error, WrongCredentials):
        helps = error.until is not None and not error.is_locked
        return {"captcha": helps, "until": _not_before(error.until) if error.until else None, "retry_after": error.retry_after_seconds}
    if isinstance(error, LoginBlocked):
        return {"captcha": not error.is_locked, "until": _not_before(error.until), "retry_after": error.retry_after_seconds}
    field = next((field for kind, field in FIELDS.items() if isinstance(error, kind)), None)
    return {field: [row.text(error, language)]} if field else {}


def _not_before(moment: datetime) -> str:
    """The first whole second that is not too early."""
    return document_time(moment + timedelta(seconds=1, microseconds=-1))


def _headers(error: Exception) -> dict[str, str]:
    if isinstance(error, (TooMany, Unavailable)):
        return {"Retry-After": str(error.retry_after_seconds)}
    if isinstance(error, MethodNotAllowed):
        return {"Allow": ", ".join(error.allowed)}
    if isinstance(error, NotSignedIn) and not isinstance(error, WrongCredentials):
        return {"WWW-Authenticate": "Bearer"}
    return {}
