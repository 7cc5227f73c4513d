"""People as a noun: found by operators, banned and let in again, with what they do in the sale."""
from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.domain.accounts.user_service import UserService
from server.domain.accounts.users import Role
from server.domain.changes import Cause
from server.domain.clock import Clock
from server.domain.errors import Conflict
from server.domain.nouns import Action, Id, Noun, NounService, NounStore, NumberId, Revision, Rules, about


class AlreadyBanned(Conflict):
    """They are banned."""


class NotBanned(Conflict):
    """They are not banned."""


class OperatorNotBanned(Conflict):
    """Operators are not banned: their roles are taken away first."""


class Leads(str, Enum):
    """What becomes of the lots that a banned user leads."""

    KEEP = "keep"
    VOID = "void"


LEADS_WORDS = {Leads.KEEP: ("保留", "Keep"), Leads.VOID: ("撤销", "Void")}


class Person(Struct, frozen=True, kw_only=True):
    """A user as they are kept, but for what belongs to their ways in."""

    id: int
    nickname: str
    username: str = ""
    phone: str = ""
    roles: tuple[Role, ...] = ()
    is_banned: bool = False
    created_at: datetime
    deleted_at: datetime | None = None
    revision: int = 0


class PersonSight(Struct, frozen=True, kw_only=True):
    """A user as operators see them."""

    id: NumberId
    nickname: Annotated[str, about("昵称", "Name")]
    username: Annotated[str, about("用户名", "Username")]
    phone: Annotated[str, about("手机", "Phone")]
    is_banned: Annotated[bool, about("已停用", "Banned")]
    is_operator: Annotated[bool, about("操作员", "Operator")]
    is_deleted: Annotated[bool, about("已注销", "Deleted")]
    created_at: Annotated[datetime, about("注册时间", "Registered at")]
    revision: Revision


class Ban(Struct, frozen=True, kw_only=True):
    """`leads`: of the lots that they lead now."""

    leads: Annotated[Leads, about("领先的拍品", "Lots they lead", labels=LEADS_WORDS)]


class Sale(Protocol):
    """Knows who leads."""

    async def void_leads(self, user_id: int, cause: Cause) -> list[int]:
        """Takes back what lets that user lead, of every lot that is open; gives these lots. Raises Unavailable."""


class PeopleRules(Rules[Person]):
    """Nothing is decided of people by a form."""

    def show(self, made: Person) -> PersonSight:
        return PersonSight(
            id=made.id,
            nickname=made.nickname,
            username=made.username,
            phone=made.phone,
            is_banned=made.is_banned,
            is_operator=bool(made.roles),
            is_deleted=made.deleted_at is not None,
            created_at=made.created_at,
            revision=made.revision,
        )


class PeopleService(NounService[Person]):
    """Operators' work on people."""

    def __init__(self, people: NounStore[Person], users: UserService, sale: Sale, clock: Clock):
        super().__init__(PEOPLE, people, clock, PeopleRules())
        self._users = users
        self._sale = sale

    async def ban(self, id: Id, cause: Cause, given: Ban) -> Person:
        """Refused everywhere from now on, sockets included; first their way is shut, then what they lead is taken back.

        Raises NotFound, AlreadyBanned, OperatorNotBanned and Unavailable; it may be repeated with the leads that are left.
        """

        async def shut_out(before: Person) -> Person:
            if before.roles:
                raise OperatorNotBanned()
            if before.is_banned and given.leads is Leads.KEEP:
                raise AlreadyBanned()
            return replace(before, is_banned=True, revision=before.revision + 1)

        banned = await self.act(id, "ban", cause, shut_out)
        await self._users.ban(banned.id)
        if given.leads is Leads.VOID:
            await self._sale.void_leads(banned.id, cause)
        return banned

    async def unban(self, id: Id, cause: Cause) -> Person:
        """They may sign in again. Raises NotFound and NotBanned."""

        async def let_in(before: Person) -> Person:
            if not before.is_banned:
                raise NotBanned()
            return replace(before, is_banned=False, revision=before.revision + 1)

        free = await self.act(id, "unban", cause, let_in)
        await self._users.unban(free.id)
        return free


PEOPLE = Noun(
    area="accounts",
    name="people",
    zh="用户",
    en="People",
    made=Person,
    shown=PersonSight,
    label="nickname",
    searched=("nickname", "username", "phone"),
    sorted=("id", "nickname", "created_at"),
    filtered=("is_banned", "created_at"),
    order=("-id",),
    is_kept=True,
    raises=(AlreadyBanned, NotBanned, OperatorNotBanned),
    actions=(
        Action("ban", "停用", "Ban", lambda desk, id, cause, given: desk.ban(id, cause, given), True, Ban),
        Action("unban", "恢复", "Let in again", lambda desk, id, cause: desk.unban(id, cause), True),
    ),
)
