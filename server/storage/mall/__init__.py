"""The mall in MongoDB."""
from __future__ import annotations

from dataclasses import dataclass

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.mall.adjustments import Adjustment
from server.domain.mall.banners import AdPosition, Banner
from server.domain.mall.categories import Category
from server.domain.mall.freights import Freight
from server.domain.mall.goods.intakes import Intake
from server.domain.mall.notices import Notice
from server.domain.mall.payments.transfers import Transfer
from server.domain.mall.shops import Shop
from server.storage.accounts.passwords import MongoPasswords
from server.storage.mall.books import MongoStockBooks
from server.storage.mall.campaigns import MongoBargains, MongoGroupOffers, MongoGroups, MongoRuns
from server.storage.mall.carts import MongoCarts
from server.storage.mall.codes import MongoCodes
from server.storage.mall.community import CommunityStores
from server.storage.mall.content import ContentStores
from server.storage.mall.day_books import MongoDayBooks
from server.storage.mall.distribution import DistributionStores
from server.storage.mall.goods import INTAKES, MongoCounts, MongoGoods
from server.storage.mall.ledger import MongoLedger
from server.storage.mall.member_records import MongoMemberRecords
from server.storage.mall.members import MongoMembers
from server.storage.mall.messaging import MessagingStores
from server.storage.mall.orders import MongoOrders
from server.storage.mall.payments import MongoPayments
from server.storage.mall.promotions import PromotionStores
from server.storage.mall.refunds import MongoClaims, MongoRefunds, MongoRepayments
from server.storage.mall.reviews import MongoFavourites, MongoReviews
from server.storage.mall.settings import MongoSettings
from server.storage.mall.shipping import MongoShipping
from server.storage.mall.sidelines import SidelineStores
from server.storage.mall.tools import ToolStores
from server.storage.mall.tracks import MongoTracks
from server.storage.mall.uploads import MongoUploads
from server.storage.mall.wallet import WalletStores
from server.storage.mall.wishes import MongoWishes
from server.storage.mongo import Sequences
from server.storage.owned import OwnedTable
from server.storage.table import Table


@dataclass(frozen=True)
class MallStores:
    """The mall's stores of one database."""

    members: MongoMembers
    member_records: MongoMemberRecords
    passwords: MongoPasswords
    ledger: MongoLedger
    adjustments: Table[Adjustment]
    carts: MongoCarts
    orders: MongoOrders
    tracks: MongoTracks
    payments: MongoPayments
    shipping: MongoShipping
    codes: MongoCodes
    uploads: MongoUploads
    goods: MongoGoods
    counts: MongoCounts
    intakes: Table[Intake]
    stock_books: MongoStockBooks
    reviews: MongoReviews
    favourites: MongoFavourites
    wishes: MongoWishes
    settings: MongoSettings
    categories: Table[Category]
    freights: Table[Freight]
    shops: Table[Shop]
    banners: Table[Banner]
    ad_positions: Table[AdPosition]
    notices: Table[Notice]
    promotions: PromotionStores
    claims: MongoClaims
    refunds: MongoRefunds
    repayments: MongoRepayments
    distribution: DistributionStores
    bargains: MongoBargains
    bargain_runs: MongoRuns
    group_offers: MongoGroupOffers
    buyer_groups: MongoGroups
    community: CommunityStores
    content: ContentStores
    tools: ToolStores
    messaging: MessagingStores
    wallet: WalletStores
    sidelines: SidelineStores
    transfers: OwnedTable[Transfer]
    day_books: MongoDayBooks

    @classmethod
    def of(cls, database: AsyncIOMotorDatabase, sequences: Sequences) -> MallStores:
        return cls(
            members=MongoMembers(database),
            member_records=MongoMemberRecords(database),
            passwords=MongoPasswords(database, "mall_password_hash"),
            ledger=MongoLedger(database),
            adjustments=Table(database, "mall_adjustments", Adjustment),
            carts=MongoCarts(database),
            orders=MongoOrders(database, sequences),
            tracks=MongoTracks(database),
            payments=MongoPayments(database),
            shipping=MongoShipping(database, sequences),
            codes=MongoCodes(database),
            uploads=MongoUploads(database),
            goods=MongoGoods(database, sequences),
            counts=MongoCounts(database),
            intakes=Table(database, INTAKES, Intake),
            stock_books=MongoStockBooks(database),
            reviews=MongoReviews(database),
            favourites=MongoFavourites(database, sequences),
            wishes=MongoWishes(database),
            settings=MongoSettings(database),
            categories=Table(database, "mall_categories", Category),
            freights=Table(database, "mall_freights", Freight),
            shops=Table(database, "mall_shops", Shop),
            banners=Table(database, "mall_banners", Banner),
            ad_positions=Table(database, "mall_ad_positions", AdPosition),
            notices=Table(database, "mall_notices", Notice),
            promotions=PromotionStores.of(database),
            claims=MongoClaims(database),
            refunds=MongoRefunds(database),
            repayments=MongoRepayments(database),
            distribution=DistributionStores.of(database),
            bargains=MongoBargains(database),
            bargain_runs=MongoRuns(database),
            group_offers=MongoGroupOffers(database),
            buyer_groups=MongoGroups(database),
            community=CommunityStores.of(database),
            content=ContentStores.of(database, sequences),
            tools=ToolStores.of(database),
            messaging=MessagingStores.of(database),
            wallet=WalletStores.of(database),
            sidelines=SidelineStores.of(database),
            day_books=MongoDayBooks(database),
            transfers=OwnedTable(database, "mall_alipay_transfers", Transfer),
        )
