"""The part of the mall that others recommend."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.composition.area import Area
from server.composition.ground import Ground
from server.domain.accounts.users import UserStore
from server.domain.mall.distribution.commissions import CommissionPromotion, CommissionService
from server.domain.mall.distribution.desk import SELLER_CITIES, SELLER_TEAMS, CommissionDesk, SellerDesk
from server.domain.mall.distribution.sellers import (
    LEADER,
    SELLER,
    LeaderPurpose,
    PartnerService,
    SellerPurpose,
    SellerService,
)
from server.domain.mall.distribution.team import ReportService, TeamService
from server.domain.mall.ledger import Ledger
from server.domain.mall.orders.promotions import Promotion
from server.domain.mall.payments.service import Purpose
from server.domain.mall.settings import Settings
from server.domain.nouns import NounService
from server.domain.rounds import Rounds
from server.services import DistributionServices
from server.storage.mall import MallStores

SETTLING_SECONDS = 10.0  # between rounds that pay commissions out


@dataclass(frozen=True)
class Distribution(Area):
    """The services; what they have to do with orders and payments; and what goes on beside requests: commissions that are due."""

    services: DistributionServices
    promotion: Promotion
    purposes: Mapping[int, Purpose]
    settling: Rounds

    async def start(self) -> None:
        self.settling.start()

    async def stop(self) -> None:
        await self.settling.stop()


def build_distribution(stores: MallStores, users: UserStore, ledger: Ledger, settings: Settings, ground: Ground) -> Distribution:
    """Not yet started."""
    clock, transactions, kept = ground.clock, ground.transactions, stores.distribution
    sellers = SellerService(kept.sellers, ledger, settings, transactions, clock)
    partners = PartnerService(kept.partners, ledger, settings, clock)
    commissions = CommissionService(kept.commissions, stores.orders, ledger, settings, transactions, clock)
    promotion = CommissionPromotion(
        kept.commissions, kept.sellers, stores.members, stores.orders, stores.ledger, ledger, settings, clock
    )
    services = DistributionServices(
        sellers=sellers,
        partners=partners,
        commissions=commissions,
        team=TeamService(kept.brought, users, stores.ledger, kept.sellers),
        reports=ReportService(kept.teams, kept.commissions),
        settings=settings,
        seller_desk=SellerDesk(kept.sellers, clock),
        commission_desk=CommissionDesk(kept.commissions, commissions, clock),
        team_desk=NounService(SELLER_TEAMS, kept.teams, clock),
        city_desk=NounService(SELLER_CITIES, kept.cities, clock),
    )
    purposes: dict[int, Purpose] = {SELLER: SellerPurpose(sellers), LEADER: LeaderPurpose(partners)}
    return Distribution(services, promotion, purposes, Rounds("paying commissions out", commissions.settle_due, SETTLING_SECONDS))
