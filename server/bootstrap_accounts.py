"""Builds the services of password accounts, for bootstrap."""
from __future__ import annotations

from redis.asyncio import Redis

from server.domain.accounts.addresses import AddressService
from server.domain.accounts.attempts import LoginGuard
from server.domain.accounts.avatars import AvatarService
from server.domain.accounts.captchas import CaptchaService
from server.domain.accounts.directory import DirectoryService
from server.domain.accounts.erasure import ErasureService
from server.domain.accounts.invitations import InvitationService
from server.domain.accounts.password_login import PasswordLoginService
from server.domain.accounts.passwords import PasswordRules, PasswordService
from server.domain.accounts.profiles import ProfileService
from server.domain.accounts.registration import RegistrationService
from server.domain.accounts.tokens import TokenService
from server.domain.accounts.users import UserStore
from server.domain.clock import Clock
from server.outside.argon2 import Argon2Hasher
from server.outside.avatar_pictures import AvatarPictures
from server.outside.captcha_pictures import CaptchaPictures
from server.outside.heavy_work import HeavyWork
from server.outside.zxcvbn import ZxcvbnGuesser
from server.services import AccountServices
from server.storage.accounts import AccountStores
from server.throwaway.captchas import RedisCaptchas
from server.throwaway.limits import NewcomerLimiter


def build_accounts(
    stores: AccountStores, users: UserStore, tokens: TokenService, redis: Redis, work: HeavyWork, clock: Clock, *, prefix: str
) -> AccountServices:
    """`prefix` keeps the captchas of several servers apart that share one Redis."""
    hasher = Argon2Hasher(work)
    rules = PasswordRules(ZxcvbnGuesser(work))
    guard = LoginGuard(stores.attempts, clock)
    captchas = CaptchaService(RedisCaptchas(redis, prefix), CaptchaPictures(work), NewcomerLimiter(), clock)
    invitations = InvitationService(stores.invitations, clock)
    profiles = ProfileService(stores.profiles, stores.avatars, tokens)
    directory = DirectoryService(stores.directory, profiles, tokens)
    return AccountServices(
        captchas=captchas,
        invitations=invitations,
        registration=RegistrationService(users, stores.passwords, captchas, invitations, hasher, rules, NewcomerLimiter(), clock),
        login=PasswordLoginService(stores.passwords, hasher, guard, captchas, tokens, clock),
        passwords=PasswordService(stores.passwords, hasher, rules, guard, tokens),
        profiles=profiles,
        avatars=AvatarService(stores.avatars, profiles, AvatarPictures(work)),
        addresses=AddressService(stores.addresses, clock),
        directory=directory,
        erasure=ErasureService(stores.erasures, stores.addresses, stores.avatars, directory, tokens, clock),
    )
