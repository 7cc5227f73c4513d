"""好友、站内信、会员码与注销"""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.community.shapes import nick_of, picture_of
from handlers.mall.shapes import (
    DocumentTime,
    PageShape,
    Paging,
    PagingBetweenDays,
    document_time,
    paged,
)
from server.domain.accounts.directory import NotOnYourself
from server.domain.errors import InvalidInput
from server.domain.mall.community.friends import (
    Friend,
    FriendQuery,
    MemberMissing,
    NoFriendOfOneself,
    Seen,
    TooManyFriends,
    ViewingClosed,
)
from server.domain.mall.community.letters import Letter, LetterMissing, LetterQuery, LetterSource
from server.domain.mall.community.people import Named
from server.domain.paces import DRAWINGS
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

friend_routes = Routes(LOOSE)
letter_routes = Routes(LOOSE)
own_routes = Routes(LOOSE)

MOST_ASKED = 200  # friends by their numbers
MOST_DIGITS = 16

Id = Annotated[int, Meta(ge=1, le=LARGEST_ID)]


class UserId(Struct):
    uid: Annotated[int, Meta(ge=1, le=LARGEST_ID, description="好友用户编号")]


@friend_routes.post("/user/friend/add", access=SIGNED_IN, raises=(MemberMissing, NoFriendOfOneself, TooManyFriends))
async def add_friend(call: Call, body: UserId) -> None:
    """添加某人为好友

    Again changes nothing."""
    await call.services.mall.community.friends.add(call.caller, body.uid)


class SeenBaseShape(Struct, omit_defaults=True, kw_only=True):
    id: int
    nick: str | None = None
    avatarUrl: str | None = None


class SeenShape(Struct):
    """`ext` is shown to those whom they have made their friends."""

    base: SeenBaseShape
    ext: dict[str, str]

    @classmethod
    def of(cls, seen: Seen, origin: str) -> SeenShape:
        user = seen.user
        return cls(SeenBaseShape(id=user.id, nick=nick_of(user), avatarUrl=picture_of(user, origin)), seen.extensions)


@friend_routes.get("/user/friend/detail", access=ANYONE, raises=(MemberMissing, ViewingClosed))
async def look_at_friend(call: Call, query: UserId) -> SeenShape:
    """查看好友用户详情

    Where the system parameter ALLOW_VIEW_FRIEND is 1."""
    return SeenShape.of(await call.services.mall.community.friends.look_at(call.user, query.uid), call.origin)


class FriendsQuery(PagingBetweenDays):
    uids: Annotated[str, Meta(max_length=4000, description="好友用户编号，多个用逗号分隔")] | None = None

    def to_query(self) -> FriendQuery:
        """Raises InvalidInput."""
        return FriendQuery(
            friend_ids=None if self.uids is None else _ids_in(self.uids),
            first_at=self.first_at,
            last_at=self.last_at,
        )


def _ids_in(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) > MOST_ASKED or not all(part.isascii() and part.isdigit() and len(part) < MOST_DIGITS for part in parts):
        raise InvalidInput({"uids": ["wrong_form"]})
    return [int(part) for part in parts]


class FriendShape(Struct, omit_defaults=True, kw_only=True):
    uids: int
    nicks: str | None = None
    avatarUrls: str | None = None
    dateAdd: DocumentTime

    @classmethod
    def of(cls, named: Named[Friend], origin: str) -> FriendShape:
        return cls(
            uids=named.made.friend_id,
            nicks=nick_of(named.user),
            avatarUrls=picture_of(named.user, origin),
            dateAdd=document_time(named.made.added_at),
        )


@friend_routes.post("/user/friend/list", access=SIGNED_IN, raises=())
async def list_friends(call: Call, body: FriendsQuery) -> PageShape[FriendShape]:
    """获取我的好友列表

    The newest first."""
    page = body.to_page_query()
    found = await call.services.mall.community.friends.page(call.caller, body.to_query(), page)
    return paged(found, page, lambda one: FriendShape.of(one, call.origin))


# ---- letters


class LettersQuery(Paging):
    """`mod`: 0 those that the caller sent, 1 those that they received; without it both."""

    mod: Annotated[int, Meta(ge=0, le=1)] | None = None
    isRead: Annotated[bool, Meta(description="是否已读")] | None = None
    source: Annotated[LetterSource, Meta(description="0 系统发送 1 用户发送 2 预留其他")] | None = None
    type: Annotated[int, Meta(ge=0, le=LARGEST_ID, description="0 优惠券受赠")] | None = None

    def to_query(self, user_id: int) -> LetterQuery:
        is_received = None if self.mod is None else self.mod == 1
        return LetterQuery(user_id=user_id, is_received=is_received, is_read=self.isRead, source=self.source, kind=self.type)


class LetterShape(Struct, omit_defaults=True, kw_only=True):
    id: int
    title: str
    content: str | None = None
    type: int
    source: int
    uid: int
    uidSend: int | None = None
    isRead: bool
    dateAdd: DocumentTime

    @classmethod
    def of(cls, letter: Letter) -> LetterShape:
        return cls(
            id=letter.id,
            title=letter.title,
            content=letter.content or None,
            type=letter.kind,
            source=letter.source.value,
            uid=letter.user_id,
            uidSend=letter.sender_id,
            isRead=letter.is_read,
            dateAdd=document_time(letter.sent_at),
        )


@letter_routes.post("/user/message/list", access=SIGNED_IN, raises=())
async def list_letters(call: Call, body: LettersQuery) -> PageShape[LetterShape]:
    """站内信列表

    The newest first."""
    page = body.to_page_query()
    found = await call.services.mall.community.letters.page(body.to_query(call.caller.id), page)
    return paged(found, page, LetterShape.of)


class LetterId(Struct):
    id: Id


@letter_routes.post("/user/message/read", access=SIGNED_IN, raises=(LetterMissing,))
async def read_letter(call: Call, body: LetterId) -> None:
    """设为已读"""
    await call.services.mall.community.letters.read(call.caller, body.id)


@letter_routes.post("/user/message/del", access=SIGNED_IN, raises=(LetterMissing,))
async def delete_letter(call: Call, body: LetterId) -> None:
    """删除消息

    For the caller alone."""
    await call.services.mall.community.letters.delete(call.caller, body.id)


# ---- one's own


@own_routes.get("/user/dynamicUserCode", access=SIGNED_IN, pace=DRAWINGS, raises=())
async def give_member_code(call: Call) -> str:
    """动态会员码

    Shown at the counter, as a bar code; good for five minutes."""
    return await call.services.mall.community.member_codes.give(call.caller)


@own_routes.post("/user/delete", access=SIGNED_IN, raises=(NotOnYourself,))
async def close_account(call: Call) -> None:
    """注销账号

    The caller is signed out everywhere, and nobody can tell who they were; orders and entries of the wallet stay without a name."""
    await call.services.accounts.erasure.leave(call.caller)
