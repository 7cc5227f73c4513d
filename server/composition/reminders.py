"""The area of reminders: for bidders who are away."""
from __future__ import annotations

from dataclasses import dataclass

from server.composition.accounts import Accounts
from server.composition.area import Area
from server.composition.ground import Ground
from server.composition.stores import Stores
from server.domain.nouns import NounService
from server.domain.reminders.desk import REMINDERS
from server.domain.reminders.noticing import Noticing
from server.domain.reminders.post import Post
from server.domain.reminders.reach import ReachService
from server.domain.reminders.reminders import Kind
from server.domain.reminders.sending import Messenger, SandboxMessenger, Sending
from server.outside.wechat_messages import MessageTemplate, WechatMessages
from server.services import ReminderServices


@dataclass(frozen=True)
class Reminders(Area):
    """The services, and the post that goes round beside requests."""

    services: ReminderServices
    post: Post

    async def start(self) -> None:
        self.post.start()

    async def stop(self) -> None:
        await self.post.stop()


def build_reminders(stores: Stores, accounts: Accounts, ground: Ground) -> Reminders:
    """Not yet started."""
    kept, sale, clock = stores.reminders, stores.auctions, ground.clock
    messenger = _messenger(accounts, ground)
    noticing = Noticing(
        ground.floor, sale.lots, kept.won, sale.record, sale.participations, sale.watchlists, kept.reaches, kept.reminders, clock
    )
    sending = Sending(kept.reminders, kept.reaches, sale.lots, stores.accounts.users, messenger, clock)
    services = ReminderServices(
        reach=ReachService(kept.reaches, messenger.templates, clock), desk=NounService(REMINDERS, kept.reminders, clock)
    )
    return Reminders(services, Post(kept.turns, noticing, sending, clock, worker=ground.worker))


def _messenger(accounts: Accounts, ground: Ground) -> Messenger:
    if accounts.wechat is None or accounts.access is None:
        return SandboxMessenger()
    settings = ground.config.wechat_messages
    templates = {Kind(kind): MessageTemplate(*about) for kind, about in settings.templates.items()}
    return WechatMessages(accounts.wechat, accounts.access, templates, settings.page)
