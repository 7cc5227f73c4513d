"""The services that endpoints and sockets receive."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from server.config import Config
from server.domain.accounts.addresses import AddressService
from server.domain.accounts.avatars import AvatarService
from server.domain.accounts.captchas import CaptchaService
from server.domain.accounts.directory import DirectoryService
from server.domain.accounts.erasure import ErasureService
from server.domain.accounts.invitations import InvitationService
from server.domain.accounts.password_login import PasswordLoginService
from server.domain.accounts.passwords import PasswordService
from server.domain.accounts.phones import PhoneService
from server.domain.accounts.profiles import ProfileService
from server.domain.accounts.registration import RegistrationService
from server.domain.accounts.tokens import TokenService
from server.domain.accounts.user_service import UserService
from server.domain.accounts.wechat_login import LoginService
from server.domain.aftersale.desk import SecondOfferDesk, SettlementDesk, SoldDesk
from server.domain.aftersale.second_offers import SecondOfferService
from server.domain.aftersale.totals import GroupBookService
from server.domain.aftersale.winners import WinnerService
from server.domain.auctions.bids import BidService
from server.domain.auctions.catalogue import CatalogueService as LotCatalogueService
from server.domain.auctions.control import ControlService
from server.domain.auctions.desk.groups import GroupDeskService
from server.domain.auctions.desk.lots import LotDeskService
from server.domain.auctions.groups import GroupService
from server.domain.auctions.import_jobs import ImportJobs
from server.domain.auctions.imports import ImportService
from server.domain.auctions.live import LiveService
from server.domain.auctions.ops import OpsService
from server.domain.auctions.participations import ParticipationService
from server.domain.auctions.refusals import RefusalService
from server.domain.auctions.sale import SaleService
from server.domain.auctions.showcase import Showcase
from server.domain.auctions.storefront import StorefrontStore
from server.domain.auctions.waiting import WaitingService
from server.domain.auctions.watchlists import WatchlistService
from server.domain.changes import ChangeStore
from server.domain.clock import Clock
from server.domain.exports import ExportService
from server.domain.groupbuy.areas import Area
from server.domain.groupbuy.catalogue import CatalogueService
from server.domain.groupbuy.categories import Category
from server.domain.groupbuy.desk import OfferDesk
from server.domain.groupbuy.imports import OfferImports
from server.domain.groupbuy.price_ranges import PriceRange
from server.domain.groupbuy.shops import Shop
from server.domain.health import HealthService
from server.domain.mall.adjustments import AdjustmentDesk
from server.domain.mall.banners import AdPosition, Banner
from server.domain.mall.carts import CartService
from server.domain.mall.categories import Category as GoodsCategory
from server.domain.mall.community.activities import Activity
from server.domain.mall.community.booking_desk import BookingDesk
from server.domain.mall.community.bookings import BookingService
from server.domain.mall.community.polls import Ballot, Poll, PollService
from server.domain.mall.community.queues import QueueDesk, QueueService, TicketDesk
from server.domain.mall.content.articles import ArticleDesk, ArticleService
from server.domain.mall.content.categories import ArticleCategory
from server.domain.mall.content.comments import CommentDesk
from server.domain.mall.content.favourites import ArticleFavouriteService
from server.domain.mall.content.pages import ShopPage, ShopPageService
from server.domain.mall.content.partners import Partner
from server.domain.mall.content.votes import ArticleVoteService
from server.domain.mall.freights import Freight
from server.domain.mall.furniture import Furniture
from server.domain.mall.goods.counts import Count
from server.domain.mall.goods.desk import GoodsDesk
from server.domain.mall.goods.favourites import FavouriteService
from server.domain.mall.goods.history import HistoryService
from server.domain.mall.goods.imports import GoodsImports
from server.domain.mall.goods.intakes import Intake
from server.domain.mall.goods.reviews import ReviewDesk
from server.domain.mall.goods.window import WindowService
from server.domain.mall.goods.wishes import WishDesk
from server.domain.mall.ledger import Ledger
from server.domain.mall.member_desk import MemberRecord
from server.domain.mall.members import MemberService, MiniProgramLogin
from server.domain.mall.mobile_login import MobileLogin
from server.domain.mall.mobiles import MobileService
from server.domain.mall.notices import Notice
from server.domain.mall.orders.delivery_notes import DeliveryNoteService
from server.domain.mall.orders.desk import OrderDesk
from server.domain.mall.orders.life import OrderService
from server.domain.mall.orders.placing import PlacingService
from server.domain.mall.orders.reviewing import ReviewingService
from server.domain.mall.payments.desk import PaymentDesk
from server.domain.mall.payments.orders import OrderPaymentService
from server.domain.mall.payments.service import PaymentService
from server.domain.mall.payments.transfers import TransferDesk, TransferService
from server.domain.mall.qr_codes import QrCodeService
from server.domain.mall.settings import SettingDesk, SettingService
from server.domain.mall.shipping import ShippingService
from server.domain.mall.shops import Shop as MallShop
from server.domain.mall.sidelines.bombs import BombGame, BombService
from server.domain.mall.sidelines.couriers import CourierDesk
from server.domain.mall.sidelines.raffles import DrawDesk, Raffle, RaffleService
from server.domain.mall.sidelines.virtual_goods import Purchase, VirtualGoods, VirtualGoodsService
from server.domain.mall.uploads import UploadService
from server.domain.mall.verification import VerificationService
from server.domain.mall.wallet.bills import Bill, BillDiscount, BillService
from server.domain.mall.wallet.deposits import DepositDesk, DepositService
from server.domain.mall.wallet.gifts import GiftService, RechargeRule
from server.domain.mall.wallet.identities import Identity, IdentityService
from server.domain.mall.wallet.invoices import InvoiceDesk, InvoiceService
from server.domain.mall.wallet.pay_passwords import PayPasswordService
from server.domain.mall.wallet.withdrawals import WithdrawalDesk, WithdrawalService
from server.domain.nouns import NounService
from server.domain.operators.door import DoorService
from server.domain.operators.factors import FactorService
from server.domain.operators.logins import OperatorLoginService
from server.domain.operators.people import PeopleService
from server.domain.operators.staff import StaffService
from server.domain.paces import Paces
from server.domain.pictures import PictureService
from server.domain.regions import RegionService


@dataclass(frozen=True)
class AuctionServices:
    """The sale: groups, goods and bids, and the front around them."""

    groups: GroupService
    sale: SaleService
    catalogue: LotCatalogueService
    watchlists: WatchlistService
    participations: ParticipationService
    bids: BidService
    ops: OpsService
    live: LiveService
    waiting: WaitingService
    storefront: StorefrontStore
    showcase: Showcase
    imports: ImportService
    import_jobs: ImportJobs
    refusals: RefusalService
    control: ControlService
    group_desk: GroupDeskService
    lot_desk: LotDeskService


@dataclass(frozen=True)
class AccountServices:
    """Users, their tokens and ways of signing in, and what admins and operators do about users."""

    users: UserService
    tokens: TokenService
    wechat_login: LoginService
    captchas: CaptchaService
    invitations: InvitationService
    registration: RegistrationService
    password_login: PasswordLoginService
    passwords: PasswordService
    profiles: ProfileService
    phones: PhoneService
    avatars: AvatarService
    addresses: AddressService
    directory: DirectoryService
    erasure: ErasureService
    paces: Paces


@dataclass(frozen=True)
class OperatorServices:
    """How operators come in, their second factors and logins, and who they are."""

    door: DoorService
    factors: FactorService
    logins: OperatorLoginService
    staff: StaffService
    people: PeopleService


@dataclass(frozen=True)
class GroupbuyServices:
    """The group-buy catalogue: `catalogue` for its visitors, the rest for operators."""

    catalogue: CatalogueService
    offers: OfferDesk
    categories: NounService[Category]
    areas: NounService[Area]
    price_ranges: NounService[PriceRange]
    shops: NounService[Shop]
    imports: OfferImports


@dataclass(frozen=True)
class OrderingServices:
    """From the cart to the parcel: for members, and the desks of the staff."""

    carts: CartService
    placing: PlacingService
    orders: OrderService
    reviewing: ReviewingService
    payments: PaymentService
    order_payments: OrderPaymentService
    order_desk: OrderDesk
    payment_desk: PaymentDesk


@dataclass(frozen=True)
class WindowServices:
    """What people look at in the mall; desks, and what is named by its noun, are for the staff."""

    window: WindowService
    favourites: FavouriteService
    history: HistoryService
    wishes: WishDesk
    reviews: ReviewDesk
    settings: SettingService
    setting_desk: SettingDesk
    goods_desk: GoodsDesk
    goods_imports: GoodsImports
    stock: NounService[Count]
    intakes: NounService[Intake]
    categories: NounService[GoodsCategory]
    freights: NounService[Freight]
    shop_desk: NounService[MallShop]
    banner_desk: NounService[Banner]
    ad_position_desk: NounService[AdPosition]
    notice_desk: NounService[Notice]
    shops: Furniture[MallShop]
    banners: Furniture[Banner]
    ad_positions: Furniture[AdPosition]
    notices: Furniture[Notice]


@dataclass(frozen=True)
class CommunityServices:
    """What members of the mall do beside buying; desks are for the staff."""

    bookings: BookingService
    activity_desk: NounService[Activity]
    booking_desk: BookingDesk
    queues: QueueService
    queue_desk: QueueDesk
    ticket_desk: TicketDesk
    polls: PollService
    poll_desk: NounService[Poll]
    ballot_desk: NounService[Ballot]


@dataclass(frozen=True)
class ContentServices:
    """What people read in the mall; desks, and `comments` too, are for the staff."""

    articles: ArticleService
    favourites: ArticleFavouriteService
    votes: ArticleVoteService
    pages: ShopPageService
    comments: CommentDesk
    partners: Furniture[Partner]
    article_desk: ArticleDesk
    category_desk: NounService[ArticleCategory]
    page_desk: NounService[ShopPage]
    partner_desk: NounService[Partner]


@dataclass(frozen=True)
class WalletServices:
    """What members do with their wallets beside ordering; desks, and what is named by its noun, are for the staff."""

    gifts: GiftService
    pay_passwords: PayPasswordService
    withdrawals: WithdrawalService
    deposits: DepositService
    bills: BillService
    identities: IdentityService
    invoices: InvoiceService
    recharge_rules: NounService[RechargeRule]
    withdrawal_desk: WithdrawalDesk
    deposit_desk: DepositDesk
    bill_discounts: NounService[BillDiscount]
    bill_desk: NounService[Bill]
    identity_desk: NounService[Identity]
    invoice_desk: InvoiceDesk


@dataclass(frozen=True)
class SidelineServices:
    """What is sold and played beside goods; desks, and what is named by its noun, are for the staff."""

    virtual_goods: VirtualGoodsService
    raffles: RaffleService
    bombs: BombService
    couriers: CourierDesk
    virtual_goods_desk: NounService[VirtualGoods]
    purchases: NounService[Purchase]
    raffle_desk: NounService[Raffle]
    draw_desk: DrawDesk
    bomb_games: NounService[BombGame]


@dataclass(frozen=True)
class AlipayServices:
    """Money that comes by Alipay."""

    transfers: TransferService
    transfer_desk: TransferDesk


@dataclass(frozen=True)
class MallServices:
    """The mall. `tokens` are good for it alone."""

    tokens: TokenService
    members: MemberService
    member_desk: NounService[MemberRecord]
    mini_program: MiniProgramLogin
    mobiles: MobileService
    mobile_login: MobileLogin
    ledger: Ledger
    adjustments: AdjustmentDesk
    qr_codes: QrCodeService
    shipping: ShippingService
    uploads: UploadService
    verification: VerificationService
    window: WindowServices
    ordering: OrderingServices
    community: CommunityServices
    delivery_notes: DeliveryNoteService
    content: ContentServices
    wallet: WalletServices
    sidelines: SidelineServices
    alipay: AlipayServices


@dataclass(frozen=True)
class AftersaleServices:
    """What comes after the sale: for winners and bidders, and the desks of operators. `books` reads whole groups."""

    winners: WinnerService
    second_offers: SecondOfferService
    books: GroupBookService
    settlement_desk: SettlementDesk
    sold_desk: SoldDesk
    offer_desk: SecondOfferDesk


@dataclass(frozen=True)
class OpsServices:
    """What operators have of every area: the log of their changes, and sheets of what they manage."""

    changes: ChangeStore
    exports: ExportService


@dataclass(frozen=True)
class Services:
    """Everything an endpoint may call, area by area, and what areas share; built once by bootstrap."""

    config: Config
    clock: Clock
    auctions: AuctionServices
    accounts: AccountServices
    operators: OperatorServices
    groupbuy: GroupbuyServices
    mall: MallServices
    aftersale: AftersaleServices
    ops: OpsServices
    pictures: PictureService
    regions: RegionService
    health: HealthService
    render_metrics: Callable[[], bytes]
    render_description: Callable[[], bytes]
