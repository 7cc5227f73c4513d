"""A sale that has ended, for tests of what comes after it."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from server.domain.accounts.addresses import Place
from server.domain.accounts.users import Role, User
from server.domain.aftersale.audit import SaleAudit, SaleAuditService
from tests.api import Answer, Api
from tests.builders import Goods, make_group, make_user
from tests.clock import HandClock

OPS = "/api/ops/auctions"
HOME = Place(
    province="浙江省", city="杭州市", district="西湖区", address="文三路 1 号", zip="310012", contact_name="张三", contact_phone="13800138000"
)


@dataclass(frozen=True)
class Sold:
    """A group of two lots that alice won, one that bob won and one that nobody wanted; carol bid on alice's first."""

    api: Api
    clock: HandClock
    group_id: int
    goods: tuple[int, ...]
    alice: User
    bob: User
    carol: User
    bookkeeper: User

    async def settlement_of(self, user: User) -> dict[str, Any]:
        """The newest."""
        return (await self.api.get("/api/settlements", as_user=user)).data["list"][0]

    async def act(self, noun: str, id: int, verb: str, as_user: User | None = None, **about: Any) -> Answer:
        """What the bookkeeper does, with a reason."""
        given = {"reason": "已核对", **about}
        return await self.api.post(f"{OPS}/{noun}/{id}/{verb}", as_user=as_user or self.bookkeeper, json=given)

    async def ask_payment(self, user: User, settlement_id: int, channel: str = "qrcode") -> Answer:
        return await self.api.post(f"/api/settlements/{settlement_id}/payments", as_user=user, json={"channel": channel})

    async def say_paid(self, number: str) -> dict[str, Any]:
        """The sandbox's word on a payment; the payment after it."""
        query = {"number": number}
        [found] = (await self.api.get("/api/ops/mall/payments", as_user=self.bookkeeper, query=query)).data["list"]
        return (await self.api.post(f"/api/ops/mall/payments/{found['id']}/pay", as_user=self.bookkeeper, json={})).data

    async def keep_address(self, user: User) -> int:
        made = await self.api.application.services.accounts.addresses.add_address(user, HOME)
        return made.id

    async def make_overdue(self, user: User) -> int:
        """The user's settlement after its time; its number."""
        number = (await self.settlement_of(user))["id"]
        self.clock.advance(days=3)
        return number

    async def sold_lot(self, goods_id: int) -> dict[str, Any]:
        return (await self.api.get(f"{OPS}/sold-lots/{goods_id}", as_user=self.bookkeeper)).data

    async def audit(self) -> SaleAudit:
        stores = self.api.application.stores
        kept, ledger, payments = stores.aftersale, stores.mall.ledger, stores.mall.payments
        return await SaleAuditService(kept.finished, stores.auctions.lots, kept.sold, kept.settlements, ledger, payments).audit()


async def hold_sale(api: Api, clock: HandClock) -> Sold:
    """Bid on, ended, and settled."""
    application = api.application
    alice, bob, carol = [await make_user(application, name) for name in ("Alice", "Bob", "Carol")]
    bookkeeper = await make_user(application, "keeper", roles=[Role.BOOKKEEPER])
    lots = [Goods(sn=f"U{number}", category="龙钞" if number < 3 else "补号") for number in range(4)]
    group = await make_group(application, *lots)
    goods = await application.stores.auctions.lots.list_lots(group.id)
    for user, lot, price in ((carol, 0, 20000), (bob, 0, 21000), (alice, 0, 25000), (alice, 1, 20100), (bob, 2, 30000)):
        assert (await api.bid(user, goods[lot], price)).status == 200
    clock.advance(hours=1, minutes=1)
    await api.wait_until_ended(group.id)
    await application.aftersale.maker.make_due()
    return Sold(api, clock, group.id, tuple(lot.id for lot in goods), alice, bob, carol, bookkeeper)
