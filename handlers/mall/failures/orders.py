"""What can go wrong with orders."""
from __future__ import annotations

from server.domain.errors import DomainError
from server.domain.mall.orders.life import AlreadyRedeemed, RedeemedUnpaid, RedeemedWhileClosed
from server.domain.mall.orders.order import GroupIncomplete, NothingToPay, OrderMissing, WrongOrderState
from server.domain.mall.orders.placing import (
    BadMobile,
    ContactMissing,
    NothingOrdered,
    RemarkTooLong,
    SeveralShops,
)
from server.domain.mall.orders.reviewing import LineUnknown, NotAllReviewed
from server.domain.mall.wares import BelowMinimum, GoodsMissing, OffShelf, OutOfStock, OverLimit, SpecMissing
from server.web.dialect import Failure


class GoodsUnreadable(DomainError):
    """What is to be ordered is not the JSON expected."""


class ReviewUnreadable(DomainError):
    """What is said of an order is not the JSON expected."""


ERRORS: dict[type[Exception], Failure] = {
    GoodsUnreadable: Failure(200, "10001", "goodsJsonStr 格式错误", "goodsJsonStr cannot be read"),
    ReviewUnreadable: Failure(200, "10000", "评价数据请提交 json 数据格式", "The review cannot be read"),
    OrderMissing: Failure(200, "404", "订单不存在", "There is no such order"),
    NothingToPay: Failure(200, "20000", "当前订单无需支付", "There is nothing to pay"),
    WrongOrderState: Failure(200, "20000", "订单状态错误", "Not possible in the order's present state"),
    GroupIncomplete: Failure(200, "20000", "拼团还未成功", "The group is not complete yet"),
    RedeemedWhileClosed: Failure(200, "10000", "订单已关闭", "The order is closed"),
    RedeemedUnpaid: Failure(200, "20000", "订单未付款", "The order is not paid"),
    AlreadyRedeemed: Failure(200, "30000", "已核销，无需重复核销", "It was handed over before"),
    RemarkTooLong: Failure(200, "10005", "订单备注不能超过200个字", "A remark has 200 characters at most"),
    NothingOrdered: Failure(200, "90004", "订单未包含任何商品", "Nothing was ordered"),
    SeveralShops: Failure(200, "9000", "不同店铺的商品不能一起下单", "Goods of several shops are no one order"),
    ContactMissing: Failure(200, "20002", "请填写物流信息", "Please tell where to send it"),
    BadMobile: Failure(200, "20003", "手机号码格式有误", "The number is no telephone's"),
    NotAllReviewed: Failure(200, "30000", "每个商品都需要评价哦~", "Every goods of the order is to be reviewed"),
    LineUnknown: Failure(200, "40000", "参数有误，评价商品记录不存在", "The order has no such goods"),
}

# What the document numbers otherwise where an order is placed.
PLACING: dict[type[Exception], Failure] = {
    GoodsMissing: Failure(200, "20000", "商品不存在", "There is no such goods"),
    SpecMissing: Failure(200, "20001", "未选择商品的规格和尺寸，或规格有误", "The specs were not chosen, or there is no such choice"),
    OffShelf: Failure(200, "40002", "商品“{name}”已下架", "“{name}” is not on sale now"),
    OutOfStock: Failure(200, "60000", "商品“{name}”库存不足", "There is not enough of “{name}” in stock"),
    BelowMinimum: Failure(200, "20000", "商品“{name}”最少购买 {minimum} 件", "At least {minimum} of “{name}” are sold at once"),
    OverLimit: Failure(200, "20000", "商品“{name}”超出限购数量", "One person may buy {most} more of “{name}” at most"),
}
