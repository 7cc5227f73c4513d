"""The area of accounts: users, their ways of signing in, and what is kept about them."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from server.composition.area import Area
from server.composition.ground import Ground
from server.config import Config
from server.domain.accounts.addresses import AddressService
from server.domain.accounts.attempts import LoginGuard
from server.domain.accounts.avatars import AvatarService
from server.domain.accounts.captchas import CaptchaService
from server.domain.accounts.directory import DirectoryService
from server.domain.accounts.endings import EndingService
from server.domain.accounts.erasure import ErasureService
from server.domain.accounts.invitations import InvitationService
from server.domain.accounts.password_login import PasswordLoginService
from server.domain.accounts.passwords import Hasher, PasswordRules, PasswordService
from server.domain.accounts.phones import PhoneCodes, PhoneService, SandboxPhones
from server.domain.accounts.profiles import ProfileService
from server.domain.accounts.registration import RegistrationService
from server.domain.accounts.tokens import TokenService
from server.domain.accounts.user_service import UserService
from server.domain.accounts.wechat_login import Codes, LoginService, SandboxCodes, WechatCodes
from server.domain.clock import Clock
from server.domain.events import Event, TokensChanged, UserSessionsEnded
from server.domain.mall.members import TOKEN_LIFE as MALL_TOKEN_LIFE
from server.outside.argon2 import Argon2Hasher
from server.outside.captcha_pictures import CaptchaPictures
from server.outside.jwt_signer import JwtSigner
from server.outside.pictures import PicturePress
from server.outside.wechat import WechatClient
from server.outside.wechat_access import AccessKeeper, SharedAccess
from server.outside.wechat_phones import WechatPhones
from server.outside.zxcvbn import ZxcvbnGuesser
from server.services import AccountServices
from server.storage.accounts import AccountStores
from server.throwaway.captchas import RedisCaptchas
from server.throwaway.limits import AddressPaces, NewcomerLimiter

OF_THE_MALL = "-mall"  # at the end of the audience


@dataclass(frozen=True)
class Accounts(Area):
    """The accounts' services, and what tells them of ends; `wechat` is set where codes are real.

    `access` keeps WeChat's token for all who ask WeChat from here. `codes`, `phone_codes` and `mall_tokens` are for the mall: whom a code
    stands for, and tokens that nothing else takes. `hasher`, `rules` and `guard` are for the operators' door too: passwords are the same
    everywhere, and so are tries.
    """

    services: AccountServices
    endings: EndingService
    wechat: WechatClient | None
    access: AccessKeeper | None
    codes: Codes
    phone_codes: PhoneCodes
    mall_tokens: TokenService
    hasher: Hasher
    rules: PasswordRules
    guard: LoginGuard

    async def start(self) -> None:
        await self.endings.start()
        self.services.erasure.start()

    async def stop(self) -> None:
        await self.services.erasure.stop()
        await self.endings.stop()
        if self.wechat is not None:
            self.wechat.close()


def build_accounts(stores: AccountStores, ground: Ground) -> Accounts:
    """Everything of the accounts, not yet started."""
    config, clock, work = ground.config, ground.clock, ground.heavy_work
    tokens = TokenService(stores.users, stores.tokens, _signer(config, clock, config.jwt_audience), ground.publisher, clock)
    signer = _signer(config, clock, f"{config.jwt_audience}{OF_THE_MALL}")
    mall_tokens = TokenService(stores.users, stores.tokens, signer, ground.publisher, clock, life=MALL_TOKEN_LIFE)
    for service in (tokens, mall_tokens):
        ground.floor.listen(_forgetting(service))
    users = UserService(stores.users, tokens, clock)
    wechat = _wechat(config)
    codes = _codes(config, wechat, clock)
    access = None if wechat is None else SharedAccess(wechat, stores.wechat_access, clock)
    phone_codes = SandboxPhones() if wechat is None or access is None else WechatPhones(wechat, access)
    hasher = Argon2Hasher(work)
    rules = PasswordRules(ZxcvbnGuesser(work))
    guard = LoginGuard(stores.attempts, clock)
    # The prefix keeps the captchas of several servers apart that share one Redis.
    shelf = RedisCaptchas(ground.redis, config.mongodb_database)
    captchas = CaptchaService(shelf, CaptchaPictures(work), NewcomerLimiter(), clock)
    invitations = InvitationService(stores.invitations, clock)
    profiles = ProfileService(stores.profiles, stores.avatars, tokens)
    directory = DirectoryService(stores.directory, profiles, tokens)
    services = AccountServices(
        users=users,
        tokens=tokens,
        wechat_login=LoginService(codes, users, tokens),
        captchas=captchas,
        invitations=invitations,
        registration=RegistrationService(stores.users, stores.passwords, captchas, invitations, hasher, rules, NewcomerLimiter(), clock),
        password_login=PasswordLoginService(stores.passwords, hasher, guard, captchas, tokens, clock),
        passwords=PasswordService(stores.passwords, hasher, rules, guard, tokens),
        profiles=profiles,
        phones=PhoneService(phone_codes, profiles),
        avatars=AvatarService(stores.avatars, profiles, PicturePress(work)),
        addresses=AddressService(stores.addresses, clock),
        directory=directory,
        erasure=ErasureService(stores.erasures, stores.addresses, stores.avatars, directory, tokens, ground.moments),
        paces=AddressPaces(config.sign_ins_per_minute_per_address),
    )
    endings = EndingService(stores.endings, ground.floor.take)
    return Accounts(services, endings, wechat, access, codes, phone_codes, mall_tokens, hasher, rules, guard)


def _forgetting(tokens: TokenService) -> Callable[[Event], None]:
    """Hears what was ended or followed, by whichever process."""

    def forget(event: Event) -> None:
        if isinstance(event, (UserSessionsEnded, TokensChanged)):
            tokens.forget(event.user_id)

    return forget


def _signer(config: Config, clock: Clock, audience: str) -> JwtSigner:
    return JwtSigner(config.jwt_secret, clock, issuer=config.jwt_issuer, audience=audience)


def _wechat(config: Config) -> WechatClient | None:
    if config.wechat_appid is None or config.wechat_secret is None:
        return None
    return WechatClient(config.wechat_appid, config.wechat_secret, config.wechat_api_base)


def _codes(config: Config, wechat: WechatClient | None, clock: Clock) -> Codes:
    return SandboxCodes(is_production=config.is_production) if wechat is None else WechatCodes(wechat, clock)
