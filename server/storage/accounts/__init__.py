"""Users and everything about them in MongoDB."""
from __future__ import annotations

from dataclasses import dataclass

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.storage.accounts.addresses import MongoAddresses
from server.storage.accounts.attempts import MongoAttempts
from server.storage.accounts.avatars import MongoAvatars
from server.storage.accounts.directory import MongoDirectory
from server.storage.accounts.endings import MongoEndings
from server.storage.accounts.erasure import MongoErasures
from server.storage.accounts.invitations import MongoInvitations
from server.storage.accounts.passwords import MongoPasswords
from server.storage.accounts.profiles import MongoProfiles
from server.storage.accounts.tokens import MongoTokens
from server.storage.accounts.users import MongoUsers
from server.storage.accounts.wechat_access import MongoWechatAccess
from server.storage.mongo import Sequences


@dataclass(frozen=True)
class AccountStores:
    """The accounts' stores of one database."""

    users: MongoUsers
    tokens: MongoTokens
    passwords: MongoPasswords
    attempts: MongoAttempts
    invitations: MongoInvitations
    profiles: MongoProfiles
    avatars: MongoAvatars
    addresses: MongoAddresses
    directory: MongoDirectory
    erasures: MongoErasures
    endings: MongoEndings
    wechat_access: MongoWechatAccess

    @classmethod
    def of(cls, database: AsyncIOMotorDatabase, sequences: Sequences) -> AccountStores:
        return cls(
            MongoUsers(database, sequences),
            MongoTokens(database),
            MongoPasswords(database),
            MongoAttempts(database),
            MongoInvitations(database),
            MongoProfiles(database),
            MongoAvatars(database),
            MongoAddresses(database),
            MongoDirectory(database),
            MongoErasures(database),
            MongoEndings(database),
            MongoWechatAccess(database),
        )
