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
from server.domain.auctions.bid_history import BidHistoryService
from server.domain.auctions.bids import BidService
from server.domain.auctions.catalogue import CatalogueService as LotCatalogueService
from server.domain.auctions.control import ControlService
from server.domain.auctions.desk.bidders import ApprovalDesk
from server.domain.auctions.desk.groups import GroupDeskService
from server.domain.auctions.desk.lots import LotDeskService
from server.domain.auctions.gate import AdmissionService
from server.domain.auctions.groups import GroupService
from server.domain.auctions.import_jobs import ImportJobs
from server.domain.auctions.imports import ImportService
from server.domain.auctions.live import LiveService
from server.domain.auctions.missed import MissedService
from server.domain.auctions.ops import OpsService
from server.domain.auctions.participations import ParticipationService
from server.domain.auctions.proof.heads import HeadService
from server.domain.auctions.proof.keys import KeyService
from server.domain.auctions.proof.published import PublishedRecords
from server.domain.auctions.refusals import RefusalService
from server.domain.auctions.sale import SaleService
from server.domain.auctions.showcase import Showcase
from server.domain.auctions.storefront import StorefrontStore
from server.domain.auctions.story import StoryService
from server.domain.auctions.waiting import WaitingService
from server.domain.auctions.watchlists import WatchlistService
from server.domain.auditing.standings import Standings as AuditStandings
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
from server.domain.mall.bookkeeping.day import DayBookService
from server.domain.mall.campaigns.bargains import Bargain, BargainService, Run
from server.domain.mall.campaigns.desk import GroupDesk
from server.domain.mall.campaigns.groups import GroupBuyingService, GroupOffer
from server.domain.mall.carts import CartService
from server.domain.mall.categories import Category as GoodsCategory
from server.domain.mall.claims.claims import ClaimService
from server.domain.mall.claims.desk import ClaimDesk
from server.domain.mall.community.activities import Activity
from server.domain.mall.community.booking_desk import BookingDesk
from server.domain.mall.community.bookings import BookingService
from server.domain.mall.community.friends import FriendService
from server.domain.mall.community.letters import Letter, LetterService
from server.domain.mall.community.member_codes import MemberCodeDesk
from server.domain.mall.community.outside_logins import OutsideLogin
from server.domain.mall.community.polls import Ballot, Poll, PollService
from server.domain.mall.community.pushes import PushService
from server.domain.mall.community.queues import QueueDesk, QueueService, TicketDesk
from server.domain.mall.community.support import Agent, Invitation, Line, SupportService
from server.domain.mall.community.support_desk import TalkDesk
from server.domain.mall.community.username_login import UsernameLogin
from server.domain.mall.content.articles import ArticleDesk, ArticleService
from server.domain.mall.content.categories import ArticleCategory
from server.domain.mall.content.comments import CommentDesk
from server.domain.mall.content.favourites import ArticleFavouriteService
from server.domain.mall.content.pages import ShopPage, ShopPageService
from server.domain.mall.content.partners import Partner
from server.domain.mall.content.votes import ArticleVoteService
from server.domain.mall.distribution.commissions import CommissionService
from server.domain.mall.distribution.desk import CommissionDesk, SellerDesk
from server.domain.mall.distribution.sellers import PartnerService, SellerService
from server.domain.mall.distribution.team import ReportService, SellerCity, SellerTeam, TeamService
from server.domain.mall.freights import Freight
from server.domain.mall.furniture import Furniture
from server.domain.mall.gate.identities import IdentityQuestions
from server.domain.mall.gate.merchants import GateKeeper, MerchantDesk
from server.domain.mall.gate.messages import MessageTemplate, TextService
from server.domain.mall.gate.parcels import ParcelTracker
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
from server.domain.mall.messaging.js_sdk import JsSdkService
from server.domain.mall.messaging.messages import MessageService, WechatMessage
from server.domain.mall.mobiles import MobileService
from server.domain.mall.notices import Notice
from server.domain.mall.orders.delivery_notes import DeliveryNoteService
from server.domain.mall.orders.desk import OrderDesk
from server.domain.mall.orders.life import OrderService
from server.domain.mall.orders.placing import PlacingService
from server.domain.mall.orders.refunds import Refund, RefundBook
from server.domain.mall.orders.reviewing import ReviewingService
from server.domain.mall.orders.tracking import TrackingService
from server.domain.mall.payments.channels import AlipayNoticeService
from server.domain.mall.payments.desk import PaymentDesk
from server.domain.mall.payments.orders import OrderPaymentService
from server.domain.mall.payments.repayment_desk import RepaymentDesk
from server.domain.mall.payments.service import PaymentService
from server.domain.mall.payments.transfers import TransferDesk, TransferService
from server.domain.mall.promotions.activity_pages import ActivityPage, ActivityPageService
from server.domain.mall.promotions.cards import CardDesk, CardService
from server.domain.mall.promotions.coupon_desk import CouponCodeDesk, CouponDesk, CouponRuleDesk
from server.domain.mall.promotions.coupon_papers import CouponMerge
from server.domain.mall.promotions.coupon_taking import CouponService
from server.domain.mall.promotions.coupon_use import CouponPromotion
from server.domain.mall.promotions.earnings import OrderEarning
from server.domain.mall.promotions.level_rules import Level, LevelPrice
from server.domain.mall.promotions.levels import LevelPurchase, LevelService
from server.domain.mall.promotions.points import Deduction, Gift, SignRule
from server.domain.mall.promotions.points_service import PointsService, VoucherDesk
from server.domain.mall.promotions.points_use import PointsPromotion
from server.domain.mall.promotions.shares import ShareService
from server.domain.mall.promotions.signs import SignService
from server.domain.mall.promotions.standings import LevelGift, Membership, Standings
from server.domain.mall.proven_login import ProvenLogin
from server.domain.mall.qr_codes import QrCodeService
from server.domain.mall.settings import SettingDesk, Settings, SettingService
from server.domain.mall.shipping import ShippingService
from server.domain.mall.shops import Shop as MallShop
from server.domain.mall.sidelines.bombs import BombGame, BombService
from server.domain.mall.sidelines.couriers import CourierDesk
from server.domain.mall.sidelines.raffles import DrawDesk, Raffle, RaffleService
from server.domain.mall.sidelines.virtual_goods import Purchase, VirtualGoods, VirtualGoodsService
from server.domain.mall.tools.bar_codes import BarCodeService, Product
from server.domain.mall.tools.json_rows import JsonRow, JsonRowService
from server.domain.mall.tools.places import PlaceMap
from server.domain.mall.tools.segments import SegmentService
from server.domain.mall.tools.short_links import LinkHost, ShortLink, ShortLinkService
from server.domain.mall.tools.trade_days import TradeDays
from server.domain.mall.tools.unique_ids import UniqueIdService
from server.domain.mall.uploads import UploadService
from server.domain.mall.verification import VerificationService
from server.domain.mall.wallet.bills import Bill, BillDiscount, BillService
from server.domain.mall.wallet.deposits import DepositDesk, DepositService
from server.domain.mall.wallet.gifts import GiftService, RechargeRule
from server.domain.mall.wallet.identities import Identity, IdentityService
from server.domain.mall.wallet.invoices import InvoiceDesk, InvoiceService
from server.domain.mall.wallet.pay_passwords import PayPasswordService
from server.domain.mall.wallet.withdrawals import WithdrawalDesk, WithdrawalService
from server.domain.noun_imports import NounSheets
from server.domain.nouns import NounService
from server.domain.operators.door import DoorService
from server.domain.operators.factors import FactorService
from server.domain.operators.logins import OperatorLoginService
from server.domain.operators.people import PeopleService
from server.domain.operators.personal import PersonalDataService
from server.domain.operators.staff import StaffService
from server.domain.paces import Paces
from server.domain.pictures import PictureService
from server.domain.regions import RegionService
from server.domain.reminders.reach import ReachService
from server.domain.reminders.reminders import Reminder


@dataclass(frozen=True)
class ProofServices:
    """What is published for those who check the sale: keys, heads, records of settled lots."""

    keys: KeyService
    heads: HeadService
    records: PublishedRecords


@dataclass(frozen=True)
class AuctionServices:
    """The sale: groups, goods and bids, and the front around them."""

    groups: GroupService
    sale: SaleService
    catalogue: LotCatalogueService
    watchlists: WatchlistService
    bid_history: BidHistoryService
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
    bidder_desk: ApprovalDesk
    admission: AdmissionService
    story: StoryService
    missed: MissedService
    proof: ProofServices


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
    personal: PersonalDataService


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
    tracking: TrackingService
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
class CampaignServices:
    """Bargains and group buying: for members, and the desks of the staff."""

    bargains: BargainService
    groups: GroupBuyingService
    bargain_desk: NounService[Bargain]
    run_desk: NounService[Run]
    offer_desk: NounService[GroupOffer]
    group_desk: GroupDesk


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
    usernames: UsernameLogin
    mails: ProvenLogin
    wechat_in_apps: OutsideLogin
    qq: OutsideLogin
    alipay: OutsideLogin
    provided_logins: MiniProgramLogin
    provided_mobiles: MobileService
    friends: FriendService
    letters: LetterService
    letter_desk: NounService[Letter]
    member_codes: MemberCodeDesk
    support: SupportService
    pushes: PushService
    invitation_desk: NounService[Invitation]
    agent_desk: NounService[Agent]
    talk_desk: TalkDesk
    line_desk: NounService[Line]


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
class GateServices:
    """What merchants ask by keys of their own; desks are for the staff."""

    keeper: GateKeeper
    parcels: ParcelTracker
    texts: TextService
    identities: IdentityQuestions
    merchant_desk: MerchantDesk
    template_desk: NounService[MessageTemplate]


@dataclass(frozen=True)
class ToolServices:
    """Small things that clients ask the mall for; desks are for the staff."""

    json_rows: JsonRowService
    unique_ids: UniqueIdService
    short_links: ShortLinkService
    segments: SegmentService
    bar_codes: BarCodeService
    places: PlaceMap
    trade_days: TradeDays
    gate: GateServices
    json_row_desk: NounService[JsonRow]
    link_host_desk: NounService[LinkHost]
    short_link_desk: NounService[ShortLink]
    product_desk: NounService[Product]


@dataclass(frozen=True)
class MessagingServices:
    """What the mall does by WeChat beside logins and payments; the desk is for the staff."""

    js_sdk: JsSdkService
    messages: MessageService
    message_desk: NounService[WechatMessage]


@dataclass(frozen=True)
class ClaimServices:
    """What comes after the sale in the mall: for members, and the desks of the staff."""

    claims: ClaimService
    book: RefundBook
    desk: ClaimDesk
    refund_desk: NounService[Refund]
    repayment_desk: RepaymentDesk


@dataclass(frozen=True)
class DistributionServices:
    """Who recommends the mall, and what they get for it; desks are for the staff."""

    sellers: SellerService
    partners: PartnerService
    commissions: CommissionService
    team: TeamService
    reports: ReportService
    settings: Settings
    seller_desk: SellerDesk
    commission_desk: CommissionDesk
    team_desk: NounService[SellerTeam]
    city_desk: NounService[SellerCity]


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
class PromotionServices:
    """What lowers prices and rewards members; desks are for the staff."""

    coupons: CouponService
    coupon_use: CouponPromotion
    points: PointsService
    points_use: PointsPromotion
    signs: SignService
    shares: ShareService
    standings: Standings
    levels: LevelService
    cards: CardService
    activity_pages: ActivityPageService
    coupon_rule_desk: CouponRuleDesk
    coupon_desk: CouponDesk
    coupon_code_desk: CouponCodeDesk
    coupon_merge_desk: NounService[CouponMerge]
    deduction_desk: NounService[Deduction]
    gift_desk: NounService[Gift]
    sign_rule_desk: NounService[SignRule]
    voucher_desk: VoucherDesk
    level_desk: NounService[Level]
    level_price_desk: NounService[LevelPrice]
    membership_desk: NounService[Membership]
    level_gift_desk: NounService[LevelGift]
    purchase_desk: NounService[LevelPurchase]
    card_desk: CardDesk
    activity_page_desk: NounService[ActivityPage]
    earning_desk: NounService[OrderEarning]


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

    notices: AlipayNoticeService
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
    mobile_login: ProvenLogin
    ledger: Ledger
    adjustments: AdjustmentDesk
    qr_codes: QrCodeService
    shipping: ShippingService
    uploads: UploadService
    verification: VerificationService
    window: WindowServices
    ordering: OrderingServices
    promotions: PromotionServices
    campaigns: CampaignServices
    claims: ClaimServices
    distribution: DistributionServices
    community: CommunityServices
    delivery_notes: DeliveryNoteService
    content: ContentServices
    tools: ToolServices
    messaging: MessagingServices
    wallet: WalletServices
    sidelines: SidelineServices
    alipay: AlipayServices
    day_books: DayBookService


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
class ReminderServices:
    """How bidders who are away are reached: what they grant and wish, and what operators see of it."""

    reach: ReachService
    desk: NounService[Reminder]


@dataclass(frozen=True)
class OpsServices:
    """What operators have of every area: the log of their changes, how the audit stands, and sheets of what they manage, out and in."""

    changes: ChangeStore
    audits: AuditStandings
    sheets: NounSheets
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
    reminders: ReminderServices
    ops: OpsServices
    pictures: PictureService
    regions: RegionService
    health: HealthService
    render_metrics: Callable[[], bytes]
    render_description: Callable[[], bytes]
    render_live_description: Callable[[], bytes]
