"""Letters: what the shop, or a member by something that they did, tells one member."""
from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

from msgspec import Meta, Struct

from server.domain.accounts.user_service import UserService
from server.domain.accounts.users import User
from server.domain.clock import Clock
from server.domain.errors import InvalidInput, NotFound
from server.domain.nouns import Noun, NounStore, NumberId, Revision, Rules, about
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction

MOST_KINDS = 1000


class LetterMissing(NotFound):
    """The member has no such letter."""


class LetterSource(int, Enum):
    """Who wrote it, as the document numbers them."""

    SHOP = 0
    MEMBER = 1
    OTHER = 2


SOURCE_LABELS = {
    LetterSource.SHOP: ("系统", "The shop"),
    LetterSource.MEMBER: ("用户", "A member"),
    LetterSource.OTHER: ("其他", "Others"),
}

Title = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"\S")]
Content = Annotated[str, Meta(max_length=5000)]


class LetterTerms(Struct, frozen=True, kw_only=True):
    user_id: Annotated[int, Meta(ge=1, le=2**53 - 1), about("会员", "Member", refers_to="mall.members")]
    title: Annotated[Title, about("标题", "Title")]
    content: Annotated[Content, about("内容", "Content", "long_text")] = ""
    kind: Annotated[int, Meta(ge=0, le=MOST_KINDS), about("类型", "Kind")] = 0


class Letter(LetterTerms, frozen=True, kw_only=True):
    """To one member, `user_id`; by one, if a member did something that it tells of."""

    id: NumberId
    revision: Revision = 1
    sender_id: Annotated[int | None, about("发送人", "Sent by", refers_to="mall.members")] = None
    source: Annotated[LetterSource, about("来源", "Source", labels=SOURCE_LABELS)] = LetterSource.SHOP
    is_read: Annotated[bool, about("已读", "Read")] = False
    is_deleted: Annotated[bool, about("收信人已删除", "Deleted by its receiver")] = False
    is_deleted_by_sender: Annotated[bool, about("发信人已删除", "Deleted by its sender")] = False
    sent_at: Annotated[datetime, about("时间", "Sent at")]


class LetterQuery(Struct, frozen=True, kw_only=True):
    """Which letters of a member, the newest first; None asks for any. `is_received`: those to them, or those by them."""

    user_id: int
    is_received: bool | None = None
    is_read: bool | None = None
    source: LetterSource | None = None
    kind: int | None = None


class LetterStore(NounStore[Letter], Protocol):
    """Where letters are kept."""

    async def page_letters(self, query: LetterQuery, page: PageQuery) -> Page[Letter]:
        """Without those that the member has deleted."""

    async def mark_read(self, letter_id: int, user_id: int) -> bool:
        """False if it is not one to them."""

    async def delete_letter(self, letter_id: int, user_id: int) -> bool:
        """For them alone; False if they have none such."""


class LetterService:
    """Members' letters."""

    def __init__(self, letters: LetterStore, clock: Clock):
        self._letters = letters
        self._clock = clock

    async def page(self, query: LetterQuery, page: PageQuery) -> Page[Letter]:
        return await self._letters.page_letters(query, page)

    async def read(self, member: User, letter_id: int) -> None:
        """Again changes nothing. Raises LetterMissing."""
        if not await self._letters.mark_read(letter_id, member.id):
            raise LetterMissing("letter")

    async def delete(self, member: User, letter_id: int) -> None:
        """For the member alone. Raises LetterMissing."""
        if not await self._letters.delete_letter(letter_id, member.id):
            raise LetterMissing("letter")

    async def send(
        self, user_id: int, title: str, content: str, *, kind: int = 0, sender_id: int | None = None, within: Transaction | None = None
    ) -> Letter:
        """Of something that has happened; as part of a transaction, if it did in one."""
        letter = Letter(
            id=await self._letters.next_id(),
            user_id=user_id,
            title=title,
            content=content,
            kind=kind,
            sender_id=sender_id,
            source=LetterSource.SHOP if sender_id is None else LetterSource.MEMBER,
            sent_at=self._clock.now(),
        )
        await self._letters.add(letter, None, within)
        return letter


class LetterRules(Rules[Letter]):
    """A letter goes to somebody who is there."""

    def __init__(self, users: UserService, clock: Clock):
        self._users = users
        self._clock = clock

    async def make(self, noun: Noun[Letter], id: int, terms: LetterTerms, before: Letter | None) -> Letter:
        user = await self._users.find_user(terms.user_id)
        if user is None or user.is_gone:
            raise InvalidInput({"user_id": ["unknown"]})
        return Letter(id=id, user_id=user.id, title=terms.title, content=terms.content, kind=terms.kind, sent_at=self._clock.now())


LETTERS = Noun(
    area="mall",
    name="letters",
    zh="站内信",
    en="Letters",
    made=Letter,
    new=LetterTerms,
    label="title",
    searched=("title", "content"),
    sorted=("id", "sent_at"),
    filtered=("user_id", "kind", "source", "is_read", "sent_at"),
    order=("-id",),
)
