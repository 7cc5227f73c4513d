"""Who is asked about accounts elsewhere: those whom the settings name; without them anybody is believed in development, else nobody."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from server.composition.accounts import Accounts
from server.composition.ground import Ground
from server.domain.accounts.wechat_login import Codes, WechatCodes
from server.domain.mall.community.outside_logins import ClosedAccounts, ClosedCodes, OutsideAccounts, SandboxAccounts
from server.outside.asked_json import AskedServer
from server.outside.outside_accounts import AlipayAccounts, QqAccounts, WechatInApps
from server.outside.wechat_access import SharedAccess
from server.outside.wechat_component import ServedMiniProgram, WechatComponent
from server.storage.mall.community import CommunityStores


@dataclass(frozen=True)
class Outside:
    """`provided`: codes of a mini-program that has entrusted itself to a service provider."""

    wechat_in_apps: OutsideAccounts
    qq: OutsideAccounts
    alipay: OutsideAccounts
    provided: Codes
    servers: tuple[AskedServer, ...]

    def close(self) -> None:
        for server in self.servers:
            server.close()


def build_outside(accounts: Accounts, stores: CommunityStores, ground: Ground) -> Outside:
    """Says in the log which of them stand open."""
    settings, servers = ground.config.outside, list[AskedServer]()

    def asked(name: str, base: str) -> AskedServer:
        servers.append(AskedServer(name, base))
        return servers[-1]

    def usual(kind: str, setting: str) -> OutsideAccounts:
        return ClosedAccounts() if ground.config.is_production else SandboxAccounts(kind, setting)

    return Outside(
        wechat_in_apps=_wechat(ground, asked) or usual("wechat-app", "WECHAT_OPEN_APPID"),
        qq=usual("qq", "QQ_APPID") if settings.qq_appid is None else QqAccounts(settings.qq_appid, asked("qq", settings.qq_api_base)),
        alipay=_alipay(ground, asked) or usual("alipay", "ALIPAY_LOGIN_APPID"),
        provided=_provided(accounts, stores, ground),
        servers=tuple(servers),
    )


Asked = Callable[[str, str], AskedServer]


def _wechat(ground: Ground, asked: Asked) -> OutsideAccounts | None:
    app = ground.config.outside.wechat_open
    return None if app is None else WechatInApps(*app, asked("wechat", ground.config.wechat_api_base))


def _alipay(ground: Ground, asked: Asked) -> OutsideAccounts | None:
    settings = ground.config.outside.alipay
    if settings is None:
        return None
    return AlipayAccounts.of(settings.appid, *settings.read_keys(), asked("alipay", settings.api_base), ground.clock)


def _provided(accounts: Accounts, stores: CommunityStores, ground: Ground) -> Codes:
    """Where there is no WeChat at all, codes are as believable as those of the mini-program itself."""
    component, wechat = ground.config.outside.wechat_component, accounts.wechat
    if wechat is None:
        return accounts.codes
    if component is None:
        return ClosedCodes()
    source = WechatComponent(*component, wechat, partial(stores.component_tickets.find_ticket, component[0]))
    access = SharedAccess(source, stores.provider_access, ground.clock)
    return WechatCodes(ServedMiniProgram(wechat.app_id, source.app_id, wechat, access), ground.clock)
