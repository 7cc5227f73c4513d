"""The bidding document's envelope `{code, message, data}` and its table of errors."""
from __future__ import annotations

from typing import Any

import msgspec

from handlers.bidding.receipts import ABOUT_RECEIPT, receipt_of
from server.domain.accounts.users import BeingMerged, UserBanned
from server.domain.accounts.wechat_login import (
    CodeRefused,
    CodesTooFrequent,
    DataNotReadable,
    LoginRefused,
    OpenIdMismatch,
    PhoneCodeRefused,
    RiskyUser,
    WatermarkMismatch,
)
from server.domain.auctions.offers import (
    AboveTopPrice,
    BelowLowPrice,
    BidTooLow,
    DepositNeeded,
    Ended,
    GroupMismatch,
    KeyReused,
    LeadLimitReached,
    LotClosed,
    LotPaused,
    LotRefusal,
    LotWithdrawn,
    NotApproved,
    NotLeading,
    NotStarted,
    RateLimited,
)
from server.domain.auctions.watchlists import WatchlistFull
from server.domain.errors import (
    Conflict,
    DomainError,
    InvalidInput,
    MethodNotAllowed,
    NotAllowed,
    NotFound,
    NotSignedIn,
    TokenExpired,
    TokenInvalid,
    TokenMissing,
    TooMany,
    Unavailable,
)
from server.web.dialect import Failure, Reply, find_failure, problem_texts

ERRORS: dict[type[Exception], Failure] = {
    NotStarted: Failure(409, "not_started", "团购尚未开始", "The group has not started"),
    Ended: Failure(409, "ended", "竞价已结束", "Bidding has ended"),
    LotClosed: Failure(409, "lot_closed", "该商品已以封顶价成交", "The lot was won at its top price"),
    LotPaused: Failure(409, "paused", "拍卖已暂停，请稍候", "The lot is paused"),
    LotWithdrawn: Failure(409, "withdrawn", "该拍品已撤拍", "The lot was taken off the sale"),
    BelowLowPrice: Failure(409, "below_low_price", "出价不能低于起拍价", "The offer is below the low price"),
    BidTooLow: Failure(409, "bid_too_low", "出价低于当前最低出价", "The offer does not beat the current price"),
    NotApproved: Failure(409, "not_approved", "本期仅限已准入的竞买人出价", "Only approved bidders may bid in this group"),
    DepositNeeded: Failure(409, "deposit_needed", "请先交纳保证金后再出价", "A deposit is needed before you can bid in this group"),
    LeadLimitReached: Failure(
        409,
        "lead_limit_reached",
        "加上此出价，您领先的总额将超过本期上限",
        "With this offer, all that you lead would come to more than this group's limit",
    ),
    NotLeading: Failure(409, "not_leading", "只有领先者可以修改上限", "Only the leader can change a maximum"),
    AboveTopPrice: Failure(409, "above_top_price", "出价不能高于封顶价", "The offer is above the top price"),
    GroupMismatch: Failure(409, "group_mismatch", "商品不属于该团购", "The goods do not belong to this group"),
    WatchlistFull: Failure(409, "watchlist_full", "关注的拍品已满 500 件", "There are 500 lots on your watch list already"),
    Conflict: Failure(409, "conflict", "当前状态不允许此操作", "Not possible in the present state"),
    PhoneCodeRefused: Failure(409, "phone_code_refused", "手机号授权无效或已使用，请重新授权", "The phone code is invalid or used up; please ask again"),
    KeyReused: Failure(422, "key_reused", "该请求编号已用于其他请求", "This request id was used for another request"),
    InvalidInput: Failure(422, "invalid_input", "提交的内容有误", "The input is not valid"),
    TokenMissing: Failure(401, "unauthenticated", "请先登录", "Please sign in"),
    TokenExpired: Failure(401, "token_expired", "登录已过期，请重新登录", "The sign-in has expired"),
    TokenInvalid: Failure(401, "token_invalid", "登录已失效，请重新登录", "The sign-in is no longer valid"),
    CodeRefused: Failure(401, "code_refused", "登录凭证无效或已使用，请重新登录", "The login code is invalid or used up; please sign in again"),
    DataNotReadable: Failure(401, "data_not_readable", "微信数据无法解密，请重新登录", "WeChat's data could not be read; please sign in again"),
    OpenIdMismatch: Failure(401, "openid_mismatch", "微信数据与登录用户不符", "WeChat's data belongs to another user"),
    WatermarkMismatch: Failure(401, "watermark_mismatch", "微信数据不属于本小程序或已过期", "WeChat's data is of another app or too old"),
    LoginRefused: Failure(401, "login_refused", "登录失败，请重新登录", "Sign-in failed; please try again"),
    UserBanned: Failure(403, "user_banned", "账号已被停用", "This account has been suspended"),
    RiskyUser: Failure(403, "login_blocked", "微信已限制该账号登录", "WeChat blocks sign-ins of this account"),
    CodesTooFrequent: Failure(429, "login_too_frequent", "登录过于频繁，请稍后再试", "Too many sign-ins; try again in a minute"),
    NotSignedIn: Failure(401, "unauthenticated", "请先登录", "Please sign in"),
    NotAllowed: Failure(403, "forbidden", "没有权限", "Not allowed"),
    NotFound: Failure(404, "not_found", "内容不存在", "Not found"),
    MethodNotAllowed: Failure(405, "method_not_allowed", "不支持该请求方法", "This method is not supported here"),
    RateLimited: Failure(429, "rate_limited", "出价过于频繁，请稍后再试", "Too many bids; try again in a moment"),
    TooMany: Failure(429, "too_many_requests", "请求过于频繁，请稍后再试", "Too many requests; try again in a moment"),
    BeingMerged: Failure(503, "being_merged", "账号正在合并，请稍后再登录", "This log-in is being merged; sign in again in a moment"),
    Unavailable: Failure(503, "unavailable", "服务暂时不可用，请稍后重试", "Temporarily unavailable; please try again"),
    DomainError: Failure(400, "bad_request", "无法完成该请求", "The request cannot be done"),
    Exception: Failure(500, "internal_error", "服务器出错了，请稍后再试", "Something went wrong on our side"),
}

_encode = msgspec.json.encode


class BiddingDialect:
    """Success has code 1, failure code 0 and the matching HTTP status. APIs of our own add their errors to the table."""

    def __init__(self, errors: dict[type[Exception], Failure] = ERRORS):
        self._errors = errors

    def success(self, value: Any) -> bytes:
        return b'{"code":1,"message":"","data":' + _encode(value) + b"}"

    def failure(self, error: Exception, language: str) -> Reply:
        row = find_failure(self._errors, error)
        body = {
            "code": 0,
            "message": row.text(error, language),
            "data": self.facts(error, language),
            "error": row.error,
            **receipt_of(error),
        }
        return Reply(row.status, _encode(body), _headers(error, row))

    def facts(self, error: Exception, language: str) -> dict[str, Any]:
        return failure_facts(error, language)

    def failures(self) -> dict[type[Exception], Failure]:
        return self._errors

    def success_schema(self, data: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {"code": {"const": 1}, "message": {"const": ""}, "data": data},
            "required": ["code", "message", "data"],
            "additionalProperties": False,
        }

    def failure_schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {
                "code": {"const": 0},
                "message": {"type": "string", "minLength": 1},
                "data": {"type": "object"},
                "error": {"enum": sorted({row.error for row in self._errors.values()})},
                "receipt": {"type": "object", "description": ABOUT_RECEIPT},
            },
            "required": ["code", "message", "data", "error"],
            "additionalProperties": False,
        }


def failure_facts(error: Exception, language: str) -> dict[str, Any]:
    """What a client can act on: the fields that are wrong, or the lot's present state."""
    if isinstance(error, InvalidInput):
        return problem_texts(error, language)
    if isinstance(error, LotRefusal):
        return {"current": error.current, "minimum": error.minimum, **_asked_by_group(error)}
    return {}


def _asked_by_group(error: LotRefusal) -> dict[str, int]:
    if isinstance(error, DepositNeeded):
        return {"deposit": error.deposit}
    return {"limit": error.limit} if isinstance(error, LeadLimitReached) else {}


def _headers(error: Exception, row: Failure) -> dict[str, str]:
    if isinstance(error, (TooMany, Unavailable)):
        return {"Retry-After": str(error.retry_after_seconds)}
    if isinstance(error, MethodNotAllowed):
        return {"Allow": ", ".join(error.allowed)}
    if isinstance(error, NotSignedIn):
        return {"WWW-Authenticate": "Bearer"}
    return {}
