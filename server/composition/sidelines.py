"""The part of the mall with what is sold and played beside its goods."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.composition.ground import Ground
from server.domain.mall.ledger import Ledger
from server.domain.mall.payments.service import Purpose
from server.domain.mall.settings import Settings
from server.domain.mall.sidelines.audit import SidelineAudit
from server.domain.mall.sidelines.bombs import BOMB_GAMES, BombRules, BombService
from server.domain.mall.sidelines.couriers import CourierDesk
from server.domain.mall.sidelines.raffles import DRAWS, RAFFLES, DrawDesk, RaffleRules, RaffleService
from server.domain.mall.sidelines.virtual_goods import (
    PURCHASES,
    VIRTUAL_GOODS,
    VIRTUAL_GOODS_PAID,
    VirtualGoodsRules,
    VirtualGoodsService,
)
from server.domain.nouns import NounService
from server.services import SidelineServices
from server.storage.mall import MallStores


@dataclass(frozen=True)
class Sidelines:
    """The services, and what payments can be for because of them."""

    services: SidelineServices
    purposes: Mapping[int, Purpose]


def build_sidelines(stores: MallStores, ledger: Ledger, settings: Settings, ground: Ground) -> Sidelines:
    """Nothing has to be started."""
    kept, clock, transactions = stores.sidelines, ground.clock, ground.transactions
    virtual_goods = VirtualGoodsService(kept.virtual_goods, kept.purchases, ledger, transactions, clock)
    services = SidelineServices(
        virtual_goods=virtual_goods,
        raffles=RaffleService(kept.raffles, kept.tallies, kept.draws, ledger, transactions, clock),
        bombs=BombService(kept.bomb_games, ledger, settings, transactions, clock),
        couriers=CourierDesk(kept.courier_deliveries, stores.orders, clock),
        virtual_goods_desk=NounService(VIRTUAL_GOODS, kept.virtual_goods, clock, VirtualGoodsRules(clock)),
        purchases=NounService(PURCHASES, kept.purchases, clock),
        raffle_desk=NounService(RAFFLES, kept.raffles, clock, RaffleRules()),
        draw_desk=DrawDesk(DRAWS, kept.draws, clock),
        bomb_games=NounService(BOMB_GAMES, kept.bomb_games, clock, BombRules()),
    )
    return Sidelines(services, {VIRTUAL_GOODS_PAID: virtual_goods})


def build_sideline_audit(stores: MallStores) -> SidelineAudit:
    """Needs nothing but the stores."""
    kept = stores.sidelines
    return SidelineAudit(stores.ledger, kept.purchases, kept.draws, kept.bomb_games, kept.tallies)
