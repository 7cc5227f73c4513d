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
from server.domain.accounts.users import UserService
from server.domain.accounts.wechat_login import LoginService
from server.domain.auctions.bids import BidService
from server.domain.auctions.floor import Floor
from server.domain.auctions.groups import GroupService
from server.domain.auctions.live import LiveService
from server.domain.auctions.ops import OpsService
from server.domain.auctions.participations import ParticipationService
from server.domain.auctions.sale import SaleService
from server.domain.auctions.waiting import WaitingService
from server.domain.clock import Clock
from server.domain.groupbuy.areas import AreaService
from server.domain.groupbuy.catalogue import CatalogueService
from server.domain.groupbuy.categories import CategoryService
from server.domain.groupbuy.desk import OfferDesk
from server.domain.groupbuy.imports import OfferImports
from server.domain.groupbuy.price_ranges import PriceRangeService
from server.domain.groupbuy.shops import ShopService
from server.domain.health import HealthService
from server.domain.paces import Paces
from server.domain.storefront import StorefrontStore


@dataclass(frozen=True)
class AccountServices:
    """Users who sign in by password, and what admins and operators do about users."""

    captchas: CaptchaService
    invitations: InvitationService
    registration: RegistrationService
    login: PasswordLoginService
    passwords: PasswordService
    profiles: ProfileService
    avatars: AvatarService
    addresses: AddressService
    directory: DirectoryService
    erasure: ErasureService


@dataclass(frozen=True)
class GroupbuyServices:
    """The group-buy catalogue: `catalogue` for its visitors, the rest for operators."""

    catalogue: CatalogueService
    offers: OfferDesk
    categories: CategoryService
    areas: AreaService
    price_ranges: PriceRangeService
    shops: ShopService
    imports: OfferImports


@dataclass(frozen=True)
class Services:
    """Everything an endpoint may call; built once by bootstrap."""

    config: Config
    clock: Clock
    users: UserService
    tokens: TokenService
    login: LoginService
    phones: PhoneService
    accounts: AccountServices
    groups: GroupService
    sale: SaleService
    participations: ParticipationService
    bids: BidService
    floor: Floor
    ops: OpsService
    live: LiveService
    waiting: WaitingService
    storefront: StorefrontStore
    groupbuy: GroupbuyServices
    health: HealthService
    paces: Paces
    render_metrics: Callable[[], bytes]
