"""The area of what comes after the sale."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.composition.accounts import Accounts
from server.composition.area import Area
from server.composition.ground import Ground
from server.composition.stores import Stores
from server.domain.aftersale.books import Books, SettlementMaker
from server.domain.aftersale.desk import SecondOfferDesk, SettlementDesk, SoldDesk
from server.domain.aftersale.relisting import Relisting
from server.domain.aftersale.second_offers import SecondOfferService
from server.domain.aftersale.totals import GroupBookService
from server.domain.aftersale.winners import SETTLEMENTS, SettlementPurpose, Till, WinnerService
from server.domain.mall.ledger import Ledger
from server.domain.mall.payments.service import PaymentService, Purpose
from server.domain.rounds import Rounds
from server.outside.qr_pictures import QrPictures
from server.services import AftersaleServices

MAKING_SECONDS = 1.0  # a winner hears what they owe so long after their group ended, at most
EXPIRING_SECONDS = 1.0


@dataclass(frozen=True)
class Aftersale(Area):
    """The services, and what goes on beside requests: settlements of groups that ended, offers that nobody answered."""

    services: AftersaleServices
    maker: SettlementMaker
    making: Rounds
    expiring: Rounds

    async def start(self) -> None:
        self.making.start()
        self.expiring.start()

    async def stop(self) -> None:
        await self.expiring.stop()
        await self.making.stop()


def build_relisting(stores: Stores, ground: Ground) -> Relisting:
    """What the auctions need of it."""
    return Relisting(stores.aftersale.sold, ground.moments)


def build_books(stores: Stores, ground: Ground) -> Books:
    kept = stores.aftersale
    return Books(kept.settlements, kept.sold, kept.news, ground.transactions, ground.publisher, ground.moments)


def build_purposes(stores: Stores, ground: Ground) -> Mapping[int, Purpose]:
    """What the mall's payments can be for beside its own orders."""
    books = build_books(stores, ground)
    ledger = Ledger(stores.mall.ledger, ground.transactions, ground.clock)
    return {SETTLEMENTS: SettlementPurpose(Till(books, ledger), books)}


def build_aftersale(stores: Stores, accounts: Accounts, ledger: Ledger, payments: PaymentService, ground: Ground) -> Aftersale:
    """Not yet started."""
    kept, sale, moments, transactions = stores.aftersale, stores.auctions, ground.moments, ground.transactions
    books = build_books(stores, ground)
    offers = SecondOfferService(
        books,
        kept.offers,
        kept.sold,
        kept.settlements,
        kept.news,
        sale.lots,
        sale.groups,
        sale.record,
        accounts.services.users,
        transactions,
        moments,
    )
    painter = QrPictures(ground.heavy_work)
    services = AftersaleServices(
        winners=WinnerService(books, kept.settlements, accounts.services.addresses, Till(books, ledger), payments, painter, transactions),
        second_offers=offers,
        books=GroupBookService(sale.groups, sale.lots, kept.sold, kept.settlements),
        settlement_desk=SettlementDesk(kept.settlements, books, moments),
        sold_desk=SoldDesk(kept.sold, kept.sold, offers, kept.offers, books, transactions, moments),
        offer_desk=SecondOfferDesk(kept.offers, offers, moments),
    )
    maker = SettlementMaker(books, kept.finished, sale.lots, moments)
    making = Rounds("making settlements", maker.make_due, MAKING_SECONDS)
    return Aftersale(services, maker, making, Rounds("expiring second offers", offers.expire_overdue, EXPIRING_SECONDS))
