"""The storefront's furniture: banners and the shop's WeChat contact."""
from __future__ import annotations

from typing import Protocol

from msgspec import Struct


class Banner(Struct, frozen=True):
    """A picture at the top of the front page; lower `sort` comes first."""

    url: str
    sort: int


class WechatContact(Struct, frozen=True):
    """The shop's WeChat account and the address of its QR code."""

    wechat_account: str = ""
    qrcode: str = ""


class StorefrontStore(Protocol):
    """Where the furniture is kept."""

    async def list_banners(self) -> list[Banner]:
        """By `sort`."""

    async def get_wechat_contact(self) -> WechatContact:
        """Empty texts until it is set."""
