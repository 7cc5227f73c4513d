"""资金: what a user owns, and how it came."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.shapes import (
    PAGED,
    WHOLE,
    DocumentTime,
    PageShape,
    PagingBetweenDays,
    Yuan,
    document_time,
    listed,
    paged,
    yuan,
)
from server.domain.mall.ledger import Cause, Entry, EntryQuery, Purse, Wallet
from server.web.access import SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)

# cause → the document's number of it, and its words
CASH_TYPES: dict[Cause, tuple[int, str]] = {
    Cause.RECHARGE: (0, "充值"),
    Cause.RECHARGE_GIFT: (8, "充值赠送"),
    Cause.WITHDRAWN: (1, "提现成功"),
    Cause.ORDER: (2, "支付订单"),
    Cause.REFUND: (3, "退款"),
    Cause.REPAID: (106, "原路退回"),
    Cause.BOOKING: (4, "支付预约报名费"),
    Cause.PAID_CONTENT: (5, "知识付费"),
    Cause.COMMISSION: (6, "分销返佣"),
    Cause.SHARE: (7, "分享商品奖励"),
    Cause.WITHDRAWAL_ASKED: (11, "提现申请"),
    Cause.WITHDRAWAL_FAILED: (12, "提现失败"),
    Cause.POINTS_TO_MONEY: (140, "积分兑换"),
    Cause.ADJUSTMENT: (100, "商家调整"),
    Cause.LEVEL: (101, "购买会员"),
    Cause.DEPOSIT: (102, "保证金"),
    Cause.BILL: (103, "优惠买单"),
    Cause.COUPON: (104, "购买优惠券"),
    Cause.SETTLEMENT: (105, "竞拍付款"),
    Cause.SELLER: (107, "购买分销资格"),
}
OTHER_TYPE = (199, "其他")
SCORE_TYPES: dict[Cause, tuple[int, str]] = {
    Cause.SIGN_IN: (2, "每日签到"),
    Cause.COUPON: (3, "兑换优惠券"),
    Cause.ADJUSTMENT: (4, "管理员调整"),
    Cause.RECHARGE: (5, "充值送"),
    Cause.REWARD: (6, "消费返"),
    Cause.ORDER: (100, "支付订单"),
    Cause.REFUND: (101, "退款"),
    Cause.REVIEW: (102, "评价"),
    Cause.VOUCHER: (103, "积分券"),
    Cause.POINTS_TO_MONEY: (104, "积分抵扣"),
    Cause.POINTS_TO_GROWTH: (105, "兑换成长值"),
    Cause.SHARE: (106, "分享"),
    Cause.GAME: (107, "游戏"),
    Cause.LEVEL: (108, "会员赠送"),
}


class AmountShape(Struct):
    """`totleConsumed` and `fxCommisionPaying` are spelled as clients read them."""

    balance: Yuan
    freeze: Yuan
    score: int
    growth: int
    totleConsumed: Yuan
    fxCommisionPaying: Yuan
    totalPayAmount: Yuan
    totalPayNumber: int
    totalScore: int
    totalWithdraw: Yuan
    scoreLastRound: int

    @classmethod
    def of(cls, wallet: Wallet, pending: int) -> AmountShape:
        """`pending`: fen of commissions that are not paid out."""
        sums = wallet.sums
        return cls(
            balance=yuan(sums.balance),
            freeze=yuan(sums.frozen),
            score=sums.points,
            growth=sums.growth,
            totleConsumed=yuan(wallet.consumed),
            fxCommisionPaying=yuan(pending),
            totalPayAmount=yuan(wallet.consumed),
            totalPayNumber=wallet.consumptions,
            totalScore=wallet.points_gained,
            totalWithdraw=yuan(wallet.withdrawn),
            scoreLastRound=0,
        )


@routes.get("/user/amount", access=SIGNED_IN, raises=())
async def get_amount(call: Call) -> AmountShape:
    """查看用户资产"""
    mall = call.services.mall
    pending = await mall.distribution.commissions.sum_pending(call.caller.id)
    return AmountShape.of(await mall.ledger.get_wallet(call.caller.id), pending)


class WalletLogQuery(PagingBetweenDays):
    behavior: Annotated[int, Meta(ge=0, le=1, description="0 收入； 1 支出")] | None = None

    @property
    def is_income(self) -> bool | None:
        return None if self.behavior is None else self.behavior == 0


class CashLogQuery(WalletLogQuery):
    type: Annotated[int, Meta(ge=0, le=1000, description="交易类型")] | None = None
    orderId: Annotated[int, Meta(ge=0, le=LARGEST_ID, description="业务订单号")] | None = None

    def to_entry_query(self, user_id: int) -> EntryQuery:
        """Raises InvalidInput."""
        causes = tuple(cause for cause, (number, _) in CASH_TYPES.items() if number == self.type)
        return EntryQuery(
            user_id=user_id,
            purse=Purse.MONEY,
            is_income=self.is_income,
            causes=None if self.type is None else causes,
            order_id=self.orderId,
            first_at=self.first_at,
            last_at=self.last_at,
        )


class CashLogShape(Struct, omit_defaults=True, kw_only=True):
    """`balance` and `freeze` as they were after it."""

    id: int
    uid: int
    orderId: int | None = None
    behavior: int
    type: int
    typeStr: str
    amount: Yuan
    balance: Yuan
    freeze: Yuan
    remark: str | None = None
    dateAdd: DocumentTime

    @classmethod
    def of(cls, entry: Entry) -> CashLogShape:
        number, words = CASH_TYPES.get(entry.cause, OTHER_TYPE)
        amount = entry.change.balance or entry.change.frozen
        return cls(
            id=entry.seq,
            uid=entry.user_id,
            orderId=entry.order_id,
            behavior=0 if entry.change.balance > 0 else 1,
            type=number,
            typeStr=words,
            amount=yuan(abs(amount)),
            balance=yuan(entry.after.balance),
            freeze=yuan(entry.after.frozen),
            remark=entry.remark or None,
            dateAdd=document_time(entry.at),
        )


@routes.post("/user/cashLog", access=SIGNED_IN, raises=())
async def list_cash_log(call: Call, body: CashLogQuery) -> list[CashLogShape]:
    """用户资金流水"""
    found = await call.services.mall.ledger.page_entries(body.to_entry_query(call.caller.id), body.to_page_query(WHOLE))
    return listed(found.items, CashLogShape.of)


@routes.post("/user/cashLog/v2", access=SIGNED_IN, raises=())
async def page_cash_log(call: Call, body: CashLogQuery) -> PageShape[CashLogShape]:
    """用户资金流水，分页"""
    page = body.to_page_query(PAGED)
    return paged(await call.services.mall.ledger.page_entries(body.to_entry_query(call.caller.id), page), page, CashLogShape.of)


class ScoreLogQuery(WalletLogQuery):
    type: Annotated[int, Meta(ge=0, le=1000, description="0 注册 1 邀请好友 2 每日签到 3 兑换优惠券 4 管理员调整 5 充值送 6 消费返")] | None = None
    remark: Annotated[str, Meta(max_length=200, description="备注关键词搜索")] | None = None

    def to_entry_query(self, user_id: int) -> EntryQuery:
        """Raises InvalidInput."""
        causes = tuple(cause for cause, (number, _) in SCORE_TYPES.items() if number == self.type)
        return EntryQuery(
            user_id=user_id,
            purse=Purse.POINTS,
            is_income=self.is_income,
            causes=None if self.type is None else causes,
            remark_part=self.remark or "",
            first_at=self.first_at,
            last_at=self.last_at,
        )


class ScoreLogShape(Struct, omit_defaults=True, kw_only=True):
    """`scoreLeft` as it was after it."""

    id: int
    type: int
    typeStr: str
    behavior: int
    score: int
    scoreLeft: int
    remark: str | None = None
    dateAdd: DocumentTime

    @classmethod
    def of(cls, entry: Entry) -> ScoreLogShape:
        number, words = SCORE_TYPES.get(entry.cause, OTHER_TYPE)
        return cls(
            id=entry.seq,
            type=number,
            typeStr=words,
            behavior=0 if entry.change.points > 0 else 1,
            score=abs(entry.change.points),
            scoreLeft=entry.after.points,
            remark=entry.remark or None,
            dateAdd=document_time(entry.at),
        )


@routes.post("/score/logs", access=SIGNED_IN, raises=())
async def page_score_log(call: Call, body: ScoreLogQuery) -> PageShape[ScoreLogShape]:
    """用户积分明细"""
    page = body.to_page_query(PAGED)
    return paged(await call.services.mall.ledger.page_entries(body.to_entry_query(call.caller.id), page), page, ScoreLogShape.of)
