"""The part of the mall that sells in bargains and to groups."""
from __future__ import annotations

from dataclasses import dataclass

from server.composition.area import Area
from server.composition.ground import Ground
from server.domain.accounts.users import UserStore
from server.domain.clock import Clock
from server.domain.mall.campaigns.bargains import BargainService
from server.domain.mall.campaigns.deals import BargainPromotion, GroupPromotion
from server.domain.mall.campaigns.desk import (
    BARGAIN_RUNS,
    BARGAINS,
    GROUP_OFFERS,
    BargainRules,
    CampaignRules,
    GroupDesk,
    RunRules,
)
from server.domain.mall.campaigns.ending import GroupEnding
from server.domain.mall.campaigns.groups import GroupBuyingService
from server.domain.mall.orders.life import OrderService
from server.domain.mall.orders.promotions import Promotion
from server.domain.mall.orders.refunds import RefundBook
from server.domain.mall.settings import Settings
from server.domain.nouns import NounService
from server.domain.rounds import Rounds
from server.services import CampaignServices
from server.storage.mall import MallStores

ENDING_SECONDS = 1.0  # a group is ended so long after its time, at most


@dataclass(frozen=True)
class Campaigns(Area):
    """The services, and what goes on beside requests: groups that run out."""

    services: CampaignServices
    ending: GroupEnding
    rounds: Rounds

    async def start(self) -> None:
        self.rounds.start()

    async def stop(self) -> None:
        await self.rounds.stop()


def build_deals(stores: MallStores, clock: Clock) -> tuple[Promotion, ...]:
    """What campaigns have to do with orders."""
    return (
        BargainPromotion(stores.bargains, stores.bargain_runs, clock),
        GroupPromotion(stores.buyer_groups, stores.goods, stores.orders, clock),
    )


def build_campaigns(
    stores: MallStores, users: UserStore, settings: Settings, orders: OrderService, book: RefundBook, ground: Ground
) -> Campaigns:
    """Not yet started."""
    clock, transactions = ground.clock, ground.transactions
    ending = GroupEnding(stores.buyer_groups, stores.orders, orders, book, transactions, clock)
    services = CampaignServices(
        bargains=BargainService(stores.bargains, stores.bargain_runs, users, settings, transactions, clock),
        groups=GroupBuyingService(stores.group_offers, stores.buyer_groups, users, clock),
        bargain_desk=NounService(BARGAINS, stores.bargains, clock, BargainRules(stores.goods, clock)),
        run_desk=NounService(BARGAIN_RUNS, stores.bargain_runs, clock, RunRules()),
        offer_desk=NounService(GROUP_OFFERS, stores.group_offers, clock, CampaignRules(stores.goods, clock)),
        group_desk=GroupDesk(stores.buyer_groups, clock),
    )
    return Campaigns(services, ending, Rounds("ending groups", ending.end_overdue, ENDING_SECONDS))
