"""优惠买单: what is paid at the counter."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.shapes import Yuan, YuanGiven, fen, listed, yuan
from server.domain.accounts.attempts import LoginBlocked
from server.domain.mall.ledger import NotEnoughBalance
from server.domain.mall.wallet.bills import BillDiscount
from server.domain.mall.wallet.pay_passwords import PayPasswordMissing, PayPasswordWrong
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import Routes

routes = Routes(LOOSE)


class BillDiscountShape(Struct):
    """`loop`: taken off again for each time that the bill holds `consume`."""

    id: int
    consume: Yuan
    discounts: Yuan
    loop: bool

    @classmethod
    def of(cls, rule: BillDiscount) -> BillDiscountShape:
        return cls(rule.id, yuan(rule.threshold), yuan(rule.discount), rule.is_repeated)


@routes.get("/payBill/discounts", access=ANYONE, raises=())
async def list_bill_discounts(call: Call) -> list[BillDiscountShape]:
    """获取在线买单优惠信息

    The smallest first; the one that takes off most is taken."""
    return listed(await call.services.mall.wallet.bills.list_discounts(), BillDiscountShape.of)


class BillGiven(Struct):
    """`money` is what was consumed. `calculate`: tells what it costs, and takes nothing."""

    money: YuanGiven
    calculate: bool = False
    pwd: Annotated[str, Meta(max_length=256, description="交易密码")] = ""


class RealMoneyShape(Struct):
    realMoney: Yuan


@routes.post("/payBill/pay", access=SIGNED_IN, raises=(NotEnoughBalance, PayPasswordMissing, PayPasswordWrong, LoginBlocked))
async def pay_bill(call: Call, body: BillGiven) -> RealMoneyShape | None:
    """在线买单

    From the wallet, with the pay password where the shop asks for it."""
    bills = call.services.mall.wallet.bills
    if body.calculate:
        return RealMoneyShape(yuan(await bills.reckon(fen(body.money))))
    await bills.pay(call.caller.id, fen(body.money), body.pwd)
    return None
