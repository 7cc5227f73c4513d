"""How operators' work is answered: in the bidding document's envelope, with what can stand in the way of it."""
from __future__ import annotations

from typing import Any

from handlers.aftersale.dialect import AFTERSALE_ERRORS
from handlers.bidding.dialect import ERRORS, BiddingDialect
from server.domain.accounts.attempts import LoginBlocked
from server.domain.accounts.password_login import WrongCredentials
from server.domain.accounts.passwords import WrongPassword
from server.domain.auctions.import_archives import ArchiveIncomplete
from server.domain.auctions.import_jobs import AlreadyBegun
from server.domain.auctions.imports import EndsTooEarly
from server.domain.auctions.interventions import AlreadyPaused, AlreadyStarted, LotOver, NotPaused
from server.domain.auctions.preparation import IssueExists
from server.domain.exports import TooManyRows
from server.domain.groupbuy.offers import WrongState
from server.domain.mall.adjustments import AlreadyDecided, SamePerson
from server.domain.mall.community.activities import BookingOver
from server.domain.mall.community.queues import NobodyWaits
from server.domain.mall.community.support import TalkTaken
from server.domain.mall.content.pages import KeyTaken
from server.domain.mall.goods.desk import TooFewFree
from server.domain.mall.ledger import NotEnough, TooMuch
from server.domain.mall.orders.order import WrongOrderState
from server.domain.mall.payments.desk import NoSandbox
from server.domain.nouns import ChangedMeanwhile, InUse
from server.domain.operators.access import SecondFactorNeeded, SecondFactorNotSet
from server.domain.operators.door import CodeNeeded, CodeWrong
from server.domain.operators.factors import NothingBegun, SecondFactorWrong
from server.domain.operators.merging import MergedBefore, MergeRefused
from server.domain.operators.people import AlreadyBanned, NotBanned, OperatorNotBanned
from server.web.dialect import Failure

MORE_ERRORS: dict[type[Exception], Failure] = {
    WrongCredentials: Failure(401, "wrong_credentials", "姓名或密码不正确", "The name or the password is not right"),
    CodeNeeded: Failure(401, "code_needed", "请输入动态验证码", "The second factor is needed too"),
    CodeWrong: Failure(401, "code_wrong", "动态验证码不正确或已使用", "The second factor is not right, or was used before"),
    WrongPassword: Failure(403, "wrong_password", "原密码不正确", "The old password is not right"),
    LoginBlocked: Failure(429, "login_blocked", "尝试次数过多，请稍后再试", "Too many tries; try again later"),
    SecondFactorNeeded: Failure(403, "second_factor_needed", "请再次验证动态验证码", "The second factor is needed for this"),
    SecondFactorWrong: Failure(403, "second_factor_wrong", "动态验证码不正确或已使用", "The second factor is not right, or was used before"),
    SecondFactorNotSet: Failure(403, "second_factor_not_set", "请先设置两步登录", "Set up a second factor first"),
    IssueExists: Failure(409, "issue_exists", "第 {issue} 期已存在", "Issue {issue} exists already"),
    EndsTooEarly: Failure(409, "ends_too_early", "结束时间须晚于开始时间和现在", "It must end after it starts and after now"),
    AlreadyBegun: Failure(409, "already_begun", "该导入已开始或有待更正的问题", "That import has begun, or has problems to mend first"),
    ArchiveIncomplete: Failure(409, "archive_incomplete", "图片包尚未全部上传", "The pictures' ZIP is not here whole; send it again"),
    LotOver: Failure(409, "lot_over", "拍品已结束", "The lot has ended"),
    AlreadyStarted: Failure(409, "already_started", "已经开始", "It has started already"),
    AlreadyPaused: Failure(409, "already_paused", "已经暂停", "It is paused already"),
    NotPaused: Failure(409, "not_paused", "没有暂停", "It is not paused"),
    AlreadyBanned: Failure(409, "already_banned", "已经停用", "They are banned already"),
    NotBanned: Failure(409, "not_banned", "没有停用", "They are not banned"),
    OperatorNotBanned: Failure(409, "operator_not_banned", "请先取消其操作员角色", "Take their roles away first"),
    MergedBefore: Failure(409, "merged_before", "已并入用户 {into}，请对该用户操作", "Merged into user {into}; do it to that one"),
    MergeRefused: Failure(409, "merge_refused", "暂不能合并：{zh}", "Not to be merged yet: {en}"),
    NothingBegun: Failure(409, "nothing_begun", "请先获取新的密钥", "Ask for a new secret first"),
    WrongState: Failure(409, "wrong_state", "团购商品处于状态 {state}，不允许此操作", "Not possible while the offer is in state {state}"),
    ChangedMeanwhile: Failure(409, "changed_meanwhile", "已被他人修改，请刷新后重试", "Somebody changed it meanwhile; look again"),
    InUse: Failure(409, "in_use", "仍在使用中，不允许此操作", "Not possible while it is in use"),
    AlreadyDecided: Failure(409, "already_decided", "该申请已处理", "It was decided before"),
    TooFewFree: Failure(409, "too_few_free", "可售数量不足，部分已被订单占用或售出", "Fewer pieces are free: orders hold or bought the others"),
    KeyTaken: Failure(409, "key_taken", "已有相同键的页面", "Another page has that key"),
    SamePerson: Failure(409, "same_person", "须由另一位操作员复核", "Another operator has to approve it"),
    NotEnough: Failure(409, "not_enough", "余额、积分或成长值不足", "The wallet has less than that"),
    TooMuch: Failure(409, "too_much", "超出钱包上限", "It would be more than a wallet holds"),
    WrongOrderState: Failure(409, "wrong_order_state", "订单当前状态不允许此操作", "Not possible in the order's present state"),
    BookingOver: Failure(409, "booking_over", "报名已取消或已结束", "The booking is over"),
    TalkTaken: Failure(409, "talk_over", "会话已结束", "The talk is done"),
    NobodyWaits: Failure(409, "nobody_waits", "没有可处理的号码", "Nobody waits"),
    NoSandbox: Failure(409, "no_sandbox", "正式收款，不能手动设置支付结果", "Real money is taken; nobody says by hand what was paid"),
    TooManyRows: Failure(409, "too_many_rows", "超过 {most} 行，请增加筛选条件", "More than {most} rows; ask for fewer by a filter"),
}


class OpsDialect(BiddingDialect):
    """Tells by name all that stands in the way of a merge, too."""

    def facts(self, error: Exception, language: str) -> dict[str, Any]:
        if isinstance(error, MergeRefused):
            return {hindrance.value: things for hindrance, things in error.found.items()}
        return super().facts(error, language)


OPS_DIALECT = OpsDialect(ERRORS | AFTERSALE_ERRORS | MORE_ERRORS)
