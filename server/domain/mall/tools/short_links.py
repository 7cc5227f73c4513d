"""Short links: addresses of a few letters that lead to hosts the shop has allowed, and nowhere else."""
from __future__ import annotations

import base64
import hashlib
import itertools
import re
from datetime import datetime
from typing import Annotated, Protocol
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput, NotFound
from server.domain.mall.furniture import Furniture
from server.domain.nouns import Noun, NounStore, NumberId, Revision, about

CODE_CHARACTERS = 9
FOLDER = "/s/"
# What a browser reads as it stands: no backslashes, blanks or controls, which parsers differ about.
PLAIN_URL = re.compile(r"https?://[^\s\x00-\x20\\<>\"\x7f-\x9f]+", re.IGNORECASE)
HOST = r"^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$"


class HostNotAllowed(Conflict):
    """No short link may lead there."""


class ShortLinkMissing(NotFound):
    """Nobody has made that link, or where it leads is allowed no longer."""


class LinkHostTerms(Struct, frozen=True, kw_only=True):
    """A host that short links may lead to, beside the server itself."""

    host: Annotated[Annotated[str, Meta(pattern=HOST)], about("域名", "Host")]
    has_subdomains: Annotated[bool, about("包括子域名", "With those below it")] = False
    remark: Annotated[Annotated[str, Meta(max_length=200)], about("备注", "Remark")] = ""


class LinkHost(LinkHostTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0

    def allows(self, host: str) -> bool:
        return host == self.host or self.has_subdomains and host.endswith(f".{self.host}")


LINK_HOSTS = Noun(
    area="mall",
    name="link-hosts",
    zh="短链接域名",
    en="Hosts of short links",
    made=LinkHost,
    terms=LinkHostTerms,
    label="host",
    searched=("host", "remark"),
    sorted=("id", "host"),
    filtered=("has_subdomains",),
    order=("host", "id"),
)


class ShortLink(Struct, frozen=True, kw_only=True):
    id: Annotated[str, about("编码", "Code")]
    revision: Revision = 1
    url: Annotated[str, about("长链接", "Leads to", "long_text")]
    added_at: Annotated[datetime, about("添加时间", "Added at")]


SHORT_LINKS = Noun(
    area="mall",
    name="short-links",
    zh="短链接",
    en="Short links",
    made=ShortLink,
    id=str,
    label="id",
    searched=("id", "url"),
    sorted=("id", "added_at"),
    order=("-added_at",),
)


class ShortLinkStore(NounStore[ShortLink], Protocol):
    """Where links are kept."""

    async def keep_link(self, link: ShortLink) -> ShortLink:
        """The one that has that code, whoever made it first."""


class ShortLinkService:
    """Makes links and follows them. The same address has the same link, for everybody."""

    def __init__(self, links: ShortLinkStore, hosts: Furniture[LinkHost], clock: Clock):
        self._links = links
        self._hosts = hosts
        self._clock = clock

    async def shorten(self, url: str, origin: str) -> str:
        """The link at this server, which its caller calls by that origin. Raises InvalidInput and HostNotAllowed."""
        await self._check(url, origin)
        for tries in itertools.count():
            made = ShortLink(id=_code(url, tries), url=url, added_at=self._clock.now())
            if (await self._links.keep_link(made)).url == url:
                return f"{origin}{FOLDER}{made.id}"
        raise AssertionError("unreachable")

    async def follow(self, code: str, origin: str) -> str:
        """Where it leads. Raises ShortLinkMissing."""
        found = await self._links.find(code)
        if found is None:
            raise ShortLinkMissing("link")
        try:
            await self._check(found.url, origin)
        except HostNotAllowed:
            raise ShortLinkMissing("link") from None
        return found.url

    async def _check(self, url: str, origin: str) -> None:
        host = find_host(url)
        if host is None:
            raise InvalidInput({"url": ["wrong_form"]})
        if host != find_host(origin) and not any(one.allows(host) for one in await self._hosts.list_all()):
            raise HostNotAllowed()


def find_host(url: str) -> str | None:
    """Of an address that every browser reads alike; None for any other, and for one that carries a name and password."""
    if not PLAIN_URL.fullmatch(url):
        return None
    try:
        parts = urlsplit(url)
        parts.port  # raises ValueError where it is none
        host = parts.hostname
    except ValueError:
        return None
    if host is None or "@" in parts.netloc or not host.isascii() or "%" in host:
        return None
    return host.rstrip(".")


def _code(url: str, tries: int) -> str:
    """Made of the address, so that no process needs to ask another; another one at each try."""
    digest = hashlib.sha256(f"{tries}:{url}".encode()).digest()
    return base64.b32encode(digest).decode().lower()[:CODE_CHARACTERS]
