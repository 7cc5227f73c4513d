"""What the accounts document sends out, with its field names. Times in Asia/Shanghai."""
from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from server.domain.accounts.users import Role, User
from server.domain.paging import PageQuery

SHANGHAI = ZoneInfo("Asia/Shanghai")
PAGE_SIZE = 20
MOST_PAGE_SIZE = 100
LAST_PAGE = 1_000_000  # keeps the number of entries to skip within what the database counts

DocumentTime = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")]


def document_time(moment: datetime) -> str:
    """`YYYY-MM-DD HH:MM:SS` in Asia/Shanghai."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


class PageParameters(Struct):
    """`page` from 1, `page_limit` at most 100."""

    page: Annotated[int, Meta(ge=1, le=LAST_PAGE)] = 1
    page_limit: Annotated[int, Meta(ge=1, le=MOST_PAGE_SIZE)] = PAGE_SIZE

    def to_page_query(self) -> PageQuery:
        return PageQuery(self.page, self.page_limit)


class UserShape(Struct):
    """A user: `name` is the real one where it was told, `nickname` what other bidders see.

    `username` is empty for who signs in by WeChat alone; an admin names them `id:7`.
    """

    id: int
    username: str
    name: str
    nickname: str
    email: str
    phone: str
    avatar: str
    roles: list[Role]
    created_at: DocumentTime

    @classmethod
    def of(cls, user: User) -> UserShape:
        return cls(
            user.id,
            user.username,
            user.own_name,
            user.nickname,
            user.email,
            user.phone,
            user.avatar,
            list(user.roles),
            document_time(user.created_at),
        )
