"""What can go wrong where the mall is recommended."""
from __future__ import annotations

from server.domain.mall.distribution.sellers import AlreadyLed, AlreadySeller, NoLeader, NotApplied, NotForSale
from server.domain.mall.distribution.team import AlreadyBrought, NotYours
from server.web.dialect import Failure

ERRORS: dict[type[Exception], Failure] = {
    NotApplied: Failure(200, "700", "还没有申请", "You have not asked for it"),
    AlreadySeller: Failure(200, "20000", "您已经是分销商了", "You are a distributor already"),
    NotForSale: Failure(200, "20001", "商家没有开放购买", "The shop does not sell that"),
    NotYours: Failure(200, "700", "没有该用户", "They are none of your people"),
    AlreadyBrought: Failure(200, "20000", "已经绑定过推荐人", "Somebody brought you already"),
    NoLeader: Failure(200, "20000", "团队长不存在", "There is no such leader"),
    AlreadyLed: Failure(200, "20000", "已经绑定过团队长", "You have a leader already"),
}
