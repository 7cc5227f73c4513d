"""充值赠送: what is given on top of a recharge."""
from __future__ import annotations

from msgspec import Struct

from handlers.mall.shapes import Yuan, listed, yuan
from server.domain.mall.wallet.gifts import RechargeRule
from server.web.access import ANYONE
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import Routes

routes = Routes(LOOSE)


class RechargeRuleShape(Struct):
    """`loop`: given again for each time that the amount holds `confine`."""

    id: int
    confine: Yuan
    send: Yuan
    loop: bool

    @classmethod
    def of(cls, rule: RechargeRule) -> RechargeRuleShape:
        return cls(rule.id, yuan(rule.threshold), yuan(rule.gift), rule.is_repeated)


@routes.get("/user/recharge/send/rule", access=ANYONE, raises=())
async def list_recharge_rules(call: Call) -> list[RechargeRuleShape]:
    """充值赠送规则

    The smallest first; the one that gives most is taken."""
    return listed(await call.services.mall.wallet.gifts.list_rules(), RechargeRuleShape.of)
