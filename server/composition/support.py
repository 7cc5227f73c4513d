"""Customer service: who brings replies, and who is believed to push what people write."""
from __future__ import annotations

from server.composition.accounts import Accounts
from server.composition.ground import Ground
from server.domain.accounts.users import UserStore
from server.domain.mall.community.pushes import ClosedSeal, PushSeal, PushService
from server.domain.mall.community.support import Messenger, ReplyPictures, SupportService
from server.outside.wechat_push import WechatSeal
from server.outside.wechat_support import SandboxMessenger, WechatMessenger
from server.storage.mall.community import CommunityStores


def build_support(
    stores: CommunityStores, accounts: Accounts, pictures: ReplyPictures, users: UserStore, ground: Ground
) -> SupportService:
    """Where there is no WeChat, replies reach nobody."""
    wechat, access = accounts.wechat, accounts.access
    messenger: Messenger = SandboxMessenger() if wechat is None or access is None else WechatMessenger(wechat, access)
    return SupportService(
        stores.agents,
        stores.invitations,
        stores.talks,
        stores.lines,
        messenger,
        pictures,
        accounts.services.users,
        users,
        ground.transactions,
        ground.publisher,
        ground.clock,
    )


def build_pushes(support: SupportService, stores: CommunityStores, ground: Ground) -> PushService:
    component = ground.config.outside.wechat_component
    return PushService(_seal(ground), support, stores.component_tickets, None if component is None else component[0])


def _seal(ground: Ground) -> PushSeal:
    """Without settings anybody who knows a word is believed in development, else nobody."""
    config, push = ground.config, ground.config.wechat_push
    if push is None:
        return ClosedSeal() if config.is_production else WechatSeal.sandbox()
    component = config.outside.wechat_component
    return WechatSeal(push.token, push.key, [one for one in (config.wechat_appid, component[0] if component else None) if one])
