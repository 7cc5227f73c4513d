"""What can go wrong with bargains and groups."""
from __future__ import annotations

from server.domain.mall.campaigns.bargains import (
    BargainKept,
    BargainMissing,
    BargainOver,
    BargainUsed,
    NotHelped,
    NotJoined,
)
from server.domain.mall.campaigns.groups import (
    AlreadyInGroup,
    GroupFull,
    GroupMissing,
    GroupNotOpen,
    GroupOver,
    OfferMissing,
    OtherGoods,
)
from server.web.dialect import Failure

ERRORS: dict[type[Exception], Failure] = {
    BargainMissing: Failure(200, "404", "砍价活动不存在", "There is no such bargain"),
    BargainOver: Failure(200, "20000", "砍价活动已结束或已抢光", "The bargain is over or sold out"),
    BargainUsed: Failure(200, "20001", "该砍价已下单，不能继续操作", "What was cut down is ordered already"),
    BargainKept: Failure(200, "20002", "商家未开放重复砍价", "The shop lets nobody begin a bargain anew"),
    NotJoined: Failure(200, "700", "未参与砍价", "They have not joined the bargain"),
    NotHelped: Failure(200, "700", "还没有帮忙砍价", "You have not helped yet"),
    OfferMissing: Failure(200, "700", "该商品没有进行中的拼团", "The goods is not bought in groups now"),
    GroupMissing: Failure(200, "20000", "拼团不存在", "There is no such group"),
    GroupNotOpen: Failure(200, "20000", "团长还未支付，暂时不能参团", "The group's leader has not paid yet"),
    GroupFull: Failure(200, "20000", "该团人数已满，请选择其他团", "Every place of the group is taken"),
    GroupOver: Failure(200, "20000", "该团已结束，请选择其他团", "The group is over"),
    AlreadyInGroup: Failure(200, "20000", "您已经参加了该团", "You have a place in that group already"),
    OtherGoods: Failure(200, "20000", "该团购买的不是这个商品", "The group buys something else"),
}
