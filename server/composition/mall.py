"""The area of the mall."""
from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

from server.composition.accounts import Accounts
from server.composition.area import Area
from server.composition.campaigns import build_campaigns, build_deals
from server.composition.claims import build_claims
from server.composition.community import WaysIn, build_community, build_community_audit
from server.composition.content import build_content
from server.composition.distribution import build_distribution
from server.composition.ground import Ground
from server.composition.messaging import build_messaging
from server.composition.ordering import Ordering, Till, build_ordering
from server.composition.promotions import build_promotion_audit, build_promotions, build_standings
from server.composition.providers import build_alipay, build_alipay_provider, build_payouts, build_provider
from server.composition.sidelines import build_sideline_audit, build_sidelines
from server.composition.tools import build_tools
from server.composition.wallet import build_wallet, build_wallet_audit
from server.composition.window import build_window
from server.config import Config
from server.domain.accounts.password_login import PasswordLoginService
from server.domain.accounts.users import UserStore
from server.domain.clock import Clock
from server.domain.errors import Unavailable
from server.domain.mall.adjustments import AdjustmentDesk
from server.domain.mall.audit import MallAuditService
from server.domain.mall.bookkeeping.day import DayBookService
from server.domain.mall.campaigns.audit import CampaignAudit
from server.domain.mall.claims.audit import RefundAudit
from server.domain.mall.community.reply_pictures import KeptReplyPictures
from server.domain.mall.content.audit import ContentAudit
from server.domain.mall.distribution.audit import CommissionAudit
from server.domain.mall.distribution.sellers import ApplicationWatch
from server.domain.mall.goods.shelf import FILL_SECONDS
from server.domain.mall.ledger import Ledger
from server.domain.mall.member_desk import MEMBERS
from server.domain.mall.members import MemberService, MiniProgramLogin
from server.domain.mall.messaging.messages import StateWatch, Watch
from server.domain.mall.mobiles import MallPasswords, MobileService
from server.domain.mall.orders.delivery_notes import DeliveryNoteService
from server.domain.mall.orders.promotions import Promotions
from server.domain.mall.payments.bookings import BOOKINGS, BookingPurpose
from server.domain.mall.payments.channels import ProvidersByChannel
from server.domain.mall.payments.payment import Channel, Provider
from server.domain.mall.payments.sandbox import SandboxProvider
from server.domain.mall.payments.service import Purpose
from server.domain.mall.payments.transfers import TransferAccount
from server.domain.mall.proven_login import MobileWay, ProvenLogin
from server.domain.mall.qr_codes import QrCodeService, SandboxMiniProgramCodes
from server.domain.mall.shipping import ShippingService
from server.domain.mall.uploads import UploadService
from server.domain.mall.verification import CodeSender, SandboxSender, VerificationService
from server.domain.mall.views import WRITE_SECONDS, Views
from server.domain.mall.wallet.audit import PayoutAudit, TransferAudit
from server.domain.nouns import NounService
from server.domain.pictures import PictureService
from server.domain.regions import RegionService
from server.domain.rounds import Rounds
from server.outside.alipay import Alipay
from server.outside.captcha_pictures import CaptchaPictures
from server.outside.code_gateway import CodeGateway
from server.outside.html_cleaner import NhHtmlCleaner
from server.outside.picture_fetcher import PictureFetcher, PublicResolver
from server.outside.qr_pictures import QrPictures
from server.outside.wechat_codes import WechatMiniProgramCodes
from server.outside.wechat_pay import WechatPay
from server.services import MallServices
from server.storage.mall import MallStores


@dataclass(frozen=True)
class Mall(Area):
    """The mall's services, and what works behind them; `themes` are parts of it that start and end by themselves."""

    services: MallServices
    ordering: Ordering
    providers: tuple[Provider, ...]
    views: Views
    rounds: tuple[Rounds, ...]
    fetcher: PictureFetcher
    gateway: CodeGateway | None
    themes: tuple[Area, ...]

    async def start(self) -> None:
        await self.ordering.start()
        for rounds in self.rounds:
            rounds.start()
        for theme in self.themes:
            await theme.start()

    async def stop(self) -> None:
        for theme in reversed(self.themes):
            await theme.stop()
        for rounds in reversed(self.rounds):
            await rounds.stop()
        with contextlib.suppress(Unavailable):
            await self.views.write()
        await self.ordering.stop()
        for provider in self.providers:
            if isinstance(provider, (WechatPay, Alipay)):
                provider.close()
        self.fetcher.close()
        if self.gateway is not None:
            self.gateway.close()


def build_mall(
    stores: MallStores,
    user_store: UserStore,
    accounts: Accounts,
    regions: RegionService,
    pictures: PictureService,
    purposes: Mapping[int, Purpose],
    ground: Ground,
) -> Mall:
    """Everything of the mall, not yet started. `purposes`: what its payments can be for beside its orders.

    Its tokens are the accounts' kind, and good for nothing else."""
    clock, transactions = ground.clock, ground.transactions
    users = accounts.services.users
    members = MemberService(stores.members, users, accounts.services.profiles, accounts.mall_tokens, clock)
    ledger = Ledger(stores.ledger, transactions, clock)
    login = PasswordLoginService(stores.passwords, accounts.hasher, accounts.guard, accounts.services.captchas, accounts.mall_tokens, clock)
    passwords = MallPasswords(stores.passwords, login, accounts.hasher, accounts.guard, accounts.mall_tokens)
    most_alone = ground.config.mall_adjusted_alone
    fetcher = PictureFetcher(PublicResolver())
    gateway = _code_gateway(ground.config)
    sender: CodeSender = gateway or SandboxSender(is_production=ground.config.is_production)
    cleaner = NhHtmlCleaner(ground.heavy_work)
    mobiles = MobileService(accounts.codes, accounts.phone_codes, users, members, passwords)
    levels = build_standings(stores, ground)
    front = build_window(stores, user_store, cleaner, levels.standings, ground)
    promoting = build_promotions(stores, levels, front.services.window, mobiles, accounts.codes, ledger, ground)
    distribution = build_distribution(stores, user_store, ledger, front.offer.settings, ground)
    # Each kind of promotion stands here: the order among them is that of their prices, whatever theirs is.
    promotions = Promotions((*promoting.kinds, *build_deals(stores, clock), distribution.promotion))
    verification = VerificationService(stores.codes, CaptchaPictures(ground.heavy_work), sender, clock)
    replies = KeptReplyPictures(pictures, fetcher)
    ways_in = WaysIn(accounts, members, passwords, verification)
    community = build_community(stores.community, user_store, ways_in, ledger, front.services.settings, cleaner, replies, ground)
    content = build_content(stores.content, user_store, cleaner, ground)
    provider = build_provider(ground)
    wallet = build_wallet(stores, ledger, front.services.settings, verification, build_payouts(provider, ground), accounts, ground)
    tools = build_tools(stores.tools, stores.goods, verification, wallet.gate, stores.codes, ground)
    sidelines = build_sidelines(stores, ledger, front.services.settings, ground)
    alipay = build_alipay_provider(provider, ground)
    by_transfer = TransferAccount(front.services.settings)
    sources = ProvidersByChannel(provider, {Channel.ALIPAY_CODE: alipay, Channel.ALIPAY_TRANSFER: by_transfer})
    themed = {**promoting.purposes, **wallet.purposes, **sidelines.purposes, **distribution.purposes}
    served = {**purposes, **themed, BOOKINGS: BookingPurpose(community.services.bookings)}
    is_sandbox = isinstance(provider, SandboxProvider)
    told = wallet.services
    till = Till(sources, provider, served, told.gifts, told.withdrawals, told.identities, is_sandbox=is_sandbox)
    ordering = build_ordering(stores, front.offer, ledger, regions, promotions, promoting.services.points, till, tools.tracker, ground)
    watches: dict[str, Watch] = {
        "order": StateWatch(stores.orders, "status"),
        "comment": StateWatch(stores.content.comments, "state"),
        "cmsnews": StateWatch(stores.content.articles, "state"),
        "saleDistributionApply": ApplicationWatch(stores.distribution.sellers),
    }
    messaging = build_messaging(stores.messaging, user_store, accounts, watches, ground)
    settings, orders, book = front.offer.settings, ordering.services.orders, ordering.book
    claims = build_claims(stores, book, ordering.repayments, settings, ground, is_sandbox=is_sandbox)
    campaigns = build_campaigns(stores, user_store, settings, orders, book, ground)
    services = MallServices(
        tokens=accounts.mall_tokens,
        members=members,
        member_desk=NounService(MEMBERS, stores.member_records, clock),
        mini_program=MiniProgramLogin(accounts.codes, users, members),
        mobiles=mobiles,
        mobile_login=ProvenLogin(MobileWay(verification, mobiles, users), users, members, passwords),
        ledger=ledger,
        adjustments=AdjustmentDesk(stores.adjustments, ledger, users, transactions, clock, most_alone=most_alone),
        qr_codes=_qr_codes(accounts, pictures, ground),
        shipping=ShippingService(stores.shipping, regions),
        uploads=UploadService(stores.uploads, pictures, fetcher, clock),
        verification=verification,
        window=front.services,
        ordering=ordering.services,
        promotions=promoting.services,
        campaigns=campaigns.services,
        claims=claims.services,
        distribution=distribution.services,
        community=community.services,
        delivery_notes=DeliveryNoteService(ordering.services.order_desk, front.services.settings, front.services.shops),
        content=content.services,
        tools=tools.services,
        messaging=messaging.services,
        wallet=wallet.services,
        sidelines=sidelines.services,
        day_books=DayBookService(stores.day_books),
        alipay=build_alipay(stores, alipay, ordering.services.payments, wallet.services.gifts, ledger, front.services.settings, ground),
    )
    rounds = (
        Rounds("counting views", front.views.write, WRITE_SECONDS),
        Rounds("filling the shelf", front.shelf.refresh, FILL_SECONDS),
    )
    themes = (promoting, claims, campaigns, distribution, community, content, wallet, tools, messaging)
    return Mall(services, ordering, (provider, alipay), front.views, rounds, fetcher, gateway, themes)


def _code_gateway(config: Config) -> CodeGateway | None:
    if config.mall_codes_url is None or config.mall_codes_secret is None:
        return None
    return CodeGateway(config.mall_codes_url, config.mall_codes_secret)


def build_mall_audit(stores: MallStores, clock: Clock) -> MallAuditService:
    """Needs nothing but the stores."""
    kept = stores.distribution
    parts = (
        build_promotion_audit(stores),
        build_community_audit(stores.community, stores.ledger),
        ContentAudit(stores.content.books),
        build_wallet_audit(stores),
        RefundAudit(stores.orders, stores.refunds, stores.repayments, stores.payments, stores.ledger),
        CommissionAudit(kept.commissions, kept.sellers, kept.partners, stores.orders, stores.ledger),
        CampaignAudit(stores.bargains, stores.bargain_runs, stores.buyer_groups, stores.orders),
        build_sideline_audit(stores),
        TransferAudit(stores.ledger, stores.transfers),
        PayoutAudit(stores.payments, stores.wallet.withdrawals),
    )
    return MallAuditService(stores.ledger, stores.orders, stores.payments, stores.adjustments, stores.stock_books, clock, parts)


def _qr_codes(accounts: Accounts, pictures: PictureService, ground: Ground) -> QrCodeService:
    painter = QrPictures(ground.heavy_work)
    if accounts.wechat is None or accounts.access is None:
        return QrCodeService(painter, SandboxMiniProgramCodes(painter), pictures)
    return QrCodeService(painter, WechatMiniProgramCodes(accounts.wechat, accounts.access), pictures)
