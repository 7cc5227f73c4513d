"""How operators' work is answered: in the bidding document's envelope, with what can stand in the way of it."""
from __future__ import annotations

from handlers.bidding.dialect import ERRORS, BiddingDialect
from server.domain.exports import TooManyRows
from server.domain.groupbuy.offers import WrongState
from server.domain.mall.adjustments import AlreadyDecided, SamePerson
from server.domain.mall.ledger import NotEnough, TooMuch
from server.domain.nouns import ChangedMeanwhile, InUse
from server.web.dialect import Failure

MORE_ERRORS: dict[type[Exception], Failure] = {
    WrongState: Failure(409, "wrong_state", "团购商品处于状态 {state}，不允许此操作", "Not possible while the offer is in state {state}"),
    ChangedMeanwhile: Failure(409, "changed_meanwhile", "已被他人修改，请刷新后重试", "Somebody changed it meanwhile; look again"),
    InUse: Failure(409, "in_use", "仍在使用中，不允许此操作", "Not possible while it is in use"),
    AlreadyDecided: Failure(409, "already_decided", "该申请已处理", "It was decided before"),
    SamePerson: Failure(409, "same_person", "须由另一位操作员复核", "Another operator has to approve it"),
    NotEnough: Failure(409, "not_enough", "余额、积分或成长值不足", "The wallet has less than that"),
    TooMuch: Failure(409, "too_much", "超出钱包上限", "It would be more than a wallet holds"),
    TooManyRows: Failure(409, "too_many_rows", "超过 {most} 行，请增加筛选条件", "More than {most} rows; ask for fewer by a filter"),
}

OPS_DIALECT = BiddingDialect(ERRORS | MORE_ERRORS)
