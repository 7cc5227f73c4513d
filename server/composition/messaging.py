"""The part of the mall that speaks by WeChat: signatures for web pages, messages to members."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.composition.accounts import Accounts
from server.composition.area import Area
from server.composition.ground import Ground
from server.domain.accounts.users import UserStore
from server.domain.mall.messaging.js_sdk import JsSdkService, JsTickets, SandboxTickets
from server.domain.mall.messaging.messages import (
    MESSAGES,
    ROUND_SECONDS,
    Channel,
    MessageSender,
    MessageService,
    SandboxMessages,
    Watch,
)
from server.domain.nouns import NounService
from server.domain.rounds import Rounds
from server.outside.wechat import WechatClient
from server.outside.wechat_access import SharedAccess
from server.outside.wechat_calls import WechatCalls
from server.outside.wechat_templates import WechatTemplateMessages
from server.outside.wechat_tickets import WechatJsTickets
from server.services import MessagingServices
from server.storage.mall.messaging import MessagingStores


@dataclass(frozen=True)
class Messaging(Area):
    """The services, and what goes on beside requests: messages that wait for something."""

    services: MessagingServices
    sending: Rounds
    service_account: WechatClient | None

    async def start(self) -> None:
        self.sending.start()

    async def stop(self) -> None:
        await self.sending.stop()
        if self.service_account is not None:
            self.service_account.close()


def build_messaging(
    stores: MessagingStores, users: UserStore, accounts: Accounts, watches: Mapping[str, Watch], ground: Ground
) -> Messaging:
    """Not yet started. `watches`: what messages may wait for."""
    config, clock = ground.config, ground.clock
    client, calls = None, _mini_program(accounts)
    tickets: JsTickets = SandboxTickets(is_production=config.is_production)
    if config.wechat_service_appid is not None and config.wechat_service_secret is not None:
        client = WechatClient(config.wechat_service_appid, config.wechat_service_secret, config.wechat_api_base)
        service = WechatCalls(client, SharedAccess(client, stores.access, clock))
        tickets, calls = WechatJsTickets(service, stores.access, clock), {**calls, Channel.SERVICE_ACCOUNT: service}
    sender: MessageSender = WechatTemplateMessages(calls) if calls or config.is_production else SandboxMessages()
    messages = MessageService(stores.messages, users, sender, watches, clock)
    services = MessagingServices(
        js_sdk=JsSdkService(tickets, clock), messages=messages, message_desk=NounService(MESSAGES, stores.messages, clock)
    )
    return Messaging(services, Rounds("sending messages", messages.send_due, ROUND_SECONDS), client)


def _mini_program(accounts: Accounts) -> Mapping[Channel, WechatCalls]:
    if accounts.wechat is None or accounts.access is None:
        return {}
    return {Channel.MINI_PROGRAM: WechatCalls(accounts.wechat, accounts.access)}
