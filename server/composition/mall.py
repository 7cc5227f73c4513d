"""The area of the mall."""
from __future__ import annotations

from dataclasses import dataclass

from server.composition.accounts import Accounts
from server.composition.area import Area
from server.composition.ground import Ground
from server.composition.ordering import Ordering, build_ordering
from server.composition.window import build_window
from server.domain.accounts.password_login import PasswordLoginService
from server.domain.accounts.users import UserStore
from server.domain.mall.adjustments import AdjustmentDesk
from server.domain.mall.ledger import Ledger
from server.domain.mall.members import MemberService, MiniProgramLogin
from server.domain.mall.mobiles import MallPasswords, MobileService
from server.domain.mall.qr_codes import QrCodeService, SandboxMiniProgramCodes
from server.domain.mall.shipping import ShippingService
from server.domain.mall.uploads import UploadService
from server.domain.pictures import PictureService
from server.domain.regions import RegionService
from server.outside.picture_fetcher import PictureFetcher, PublicResolver
from server.outside.qr_pictures import QrPictures
from server.outside.wechat_codes import WechatMiniProgramCodes
from server.services import MallServices
from server.storage.mall import MallStores


@dataclass(frozen=True)
class Mall(Area):
    """The mall's services, and what works behind them."""

    services: MallServices
    ordering: Ordering
    fetcher: PictureFetcher

    async def start(self) -> None:
        await self.ordering.start()

    async def stop(self) -> None:
        await self.ordering.stop()
        self.fetcher.close()


def build_mall(
    stores: MallStores, user_store: UserStore, accounts: Accounts, regions: RegionService, pictures: PictureService, ground: Ground
) -> Mall:
    """Everything of the mall, not yet started. Its tokens are the accounts' kind, and good for nothing else."""
    clock, transactions = ground.clock, ground.transactions
    users = accounts.services.users
    members = MemberService(stores.members, users, accounts.services.profiles, accounts.mall_tokens, clock)
    ledger = Ledger(stores.ledger, transactions, clock)
    login = PasswordLoginService(stores.passwords, accounts.hasher, accounts.guard, accounts.services.captchas, accounts.mall_tokens, clock)
    passwords = MallPasswords(stores.passwords, login, accounts.hasher, accounts.mall_tokens)
    most_alone = ground.config.mall_adjusted_alone
    fetcher = PictureFetcher(PublicResolver())
    front = build_window(stores, user_store, ground)
    ordering = build_ordering(stores, front.offer, ledger, regions, ground)
    services = MallServices(
        tokens=accounts.mall_tokens,
        members=members,
        mini_program=MiniProgramLogin(accounts.codes, users, members),
        mobiles=MobileService(accounts.codes, accounts.phone_codes, users, members, passwords),
        ledger=ledger,
        adjustments=AdjustmentDesk(stores.adjustments, ledger, users, transactions, clock, most_alone=most_alone),
        qr_codes=_qr_codes(accounts, pictures, ground),
        shipping=ShippingService(stores.shipping, regions),
        uploads=UploadService(stores.uploads, pictures, fetcher, clock),
        window=front.services,
        ordering=ordering.services,
    )
    return Mall(services, ordering, fetcher)


def _qr_codes(accounts: Accounts, pictures: PictureService, ground: Ground) -> QrCodeService:
    painter = QrPictures(ground.heavy_work)
    if accounts.wechat is None or accounts.access is None:
        return QrCodeService(painter, SandboxMiniProgramCodes(painter), pictures)
    return QrCodeService(painter, WechatMiniProgramCodes(accounts.wechat, accounts.access), pictures)
