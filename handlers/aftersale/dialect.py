"""What can stand in the way after the sale, in the bidding document's envelope."""
from __future__ import annotations

from handlers.bidding.dialect import ERRORS, BiddingDialect
from server.domain.aftersale.second_offers import LotNotFree, NoBidderLeft, OfferDecided
from server.domain.aftersale.settlements import (
    AlreadyPaid,
    AlreadyShipped,
    LotsGone,
    NoPlace,
    NotOverdue,
    NotPaid,
    SettlementOver,
)
from server.domain.mall.ledger import NotEnough
from server.domain.mall.payments.payment import NoPayments, NotPayable, PayerUnknown
from server.web.dialect import Failure

AFTERSALE_ERRORS: dict[type[Exception], Failure] = {
    AlreadyPaid: Failure(409, "already_paid", "已付款", "It is paid already"),
    NotPaid: Failure(409, "not_paid", "尚未付款", "It is not paid yet"),
    AlreadyShipped: Failure(409, "already_shipped", "已发货，不能再修改", "It is on its way and cannot be changed any more"),
    SettlementOver: Failure(409, "settlement_over", "付款已逾期，该结算已关闭", "It was not paid in time and is closed"),
    NotOverdue: Failure(409, "not_overdue", "未到付款期限", "The time to pay is not over"),
    NoPlace: Failure(409, "no_address", "买家尚未选择收货地址", "The winner has not chosen an address"),
    LotsGone: Failure(409, "lots_gone", "部分拍品已另行处理", "Some of the lots have gone elsewhere"),
    LotNotFree: Failure(409, "lot_not_free", "该拍品不在待处理状态", "The lot is not free"),
    NoBidderLeft: Failure(409, "no_bidder_left", "没有可以询问的下一位出价者", "There is no other bidder to be asked"),
    OfferDecided: Failure(409, "offer_decided", "该邀约已答复或已失效", "The offer was decided or is over"),
    NotEnough: Failure(409, "not_enough", "余额不足", "The wallet has less than that"),
    NotPayable: Failure(409, "not_payable", "该金额不能在线支付，请联系店家", "This amount cannot be paid on line; contact the shop"),
    PayerUnknown: Failure(409, "payer_unknown", "请先用微信登录，或改用扫码支付", "Sign in by WeChat first, or pay by QR code"),
    NoPayments: Failure(409, "no_payments", "暂不支持在线支付，请联系店家", "Nothing can be paid on line here; contact the shop"),
}

AFTERSALE_DIALECT = BiddingDialect(ERRORS | AFTERSALE_ERRORS)
