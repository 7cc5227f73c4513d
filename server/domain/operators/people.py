"""People as a noun: found by operators, banned and let in again, with what they do in the sale."""
from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

from msgspec import Meta, Struct
from msgspec.structs import replace

from server.domain.accounts.user_service import UserService
from server.domain.changes import Cause
from server.domain.clock import Clock
from server.domain.errors import Conflict
from server.domain.nouns import Action, Id, Noun, NounService, NounStore, NumberId, Revision, Rules, about
from server.domain.operators.merging import MergedBefore, MergeRefused, MergeService
from server.domain.operators.persons import PERSONS, Person
from server.domain.paging import AnyOf, ListQuery

WHOSE = "user_id"  # the filter of all nouns that belong to users

UserNumber = Annotated[int, Meta(ge=1, le=2**53 - 1)]


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


class PersonSight(Struct, frozen=True, kw_only=True):
    """A user as operators see them. `merging_into`: nobody signs in as them while it is decided whether they are merged."""

    id: NumberId
    nickname: Annotated[str, about("昵称", "Name")]
    username: Annotated[str, about("用户名", "Username")]
    phone: Annotated[str, about("手机", "Phone")]
    is_banned: Annotated[bool, about("已停用", "Banned")]
    is_operator: Annotated[bool, about("操作员", "Operator")]
    is_deleted: Annotated[bool, about("已注销", "Deleted")]
    merging_into: Annotated[int | None, about("正在并入", "Being merged into", refers_to=PERSONS)]
    merged_into: Annotated[int | None, about("已并入", "Merged into", refers_to=PERSONS)]
    merged: Annotated[list[int], about("并入的账号", "Log-ins merged into them")]
    created_at: Annotated[datetime, about("注册时间", "Registered at")]
    revision: Revision


class Ban(Struct, frozen=True, kw_only=True):
    """`leads`: of the lots that they lead now."""

    leads: Annotated[Leads, about("领先的拍品", "Lots they lead", labels=LEADS_WORDS)]


class Merging(Struct, frozen=True, kw_only=True):
    """`into`: who stays, and has this log-in too."""

    into: Annotated[UserNumber, about("并入用户", "Into", refers_to=PERSONS)]


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
            merging_into=None if made.merging is None else made.merging.into,
            merged_into=made.merged_into,
            merged=list(made.merged),
            created_at=made.created_at,
            revision=made.revision,
        )


class PeopleService(NounService[Person]):
    """Operators' work on people."""

    def __init__(self, people: NounStore[Person], users: UserService, sale: Sale, merges: MergeService, clock: Clock):
        super().__init__(PEOPLE, people, clock, PeopleRules())
        self._users = users
        self._sale = sale
        self._merges = merges

    async def list_numbers(self, user_id: int) -> list[int]:
        """Theirs, and those of the log-ins that became theirs."""
        found = await self._store.find(user_id)
        return [user_id] if found is None else found.numbers

    async def with_all_numbers(self, query: ListQuery) -> ListQuery:
        """What is asked of one user is asked of their merged log-ins too."""
        asked = query.filters.get(WHOSE)
        numbers = await self.list_numbers(asked) if isinstance(asked, int) else []
        return replace(query, filters={**query.filters, WHOSE: AnyOf(tuple(numbers))}) if len(numbers) > 1 else query

    async def ban(self, id: Id, cause: Cause, given: Ban) -> Person:
        """Refused everywhere from now on, sockets included; first their way is shut, then what they lead is taken back.

        Raises NotFound, AlreadyBanned, OperatorNotBanned, MergedBefore and Unavailable; it may be repeated with the leads that are left.
        """

        async def shut_out(before: Person) -> Person:
            if before.merged_into is not None:
                raise MergedBefore(before.merged_into)
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

    async def merge(self, id: Id, cause: Cause, given: Merging) -> Person:
        """This log-in becomes another user's: its door is shut now, and in a moment it signs in as them. Raises as MergeService.begin."""
        return await self._merges.begin(int(id), given.into, cause)


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
    filtered=("is_banned", "merged_into", "created_at"),
    order=("-id",),
    is_kept=True,
    raises=(AlreadyBanned, NotBanned, OperatorNotBanned, MergedBefore, MergeRefused),
    actions=(
        Action("ban", "停用", "Ban", lambda desk, id, cause, given: desk.ban(id, cause, given), True, Ban),
        Action("unban", "恢复", "Let in again", lambda desk, id, cause: desk.unban(id, cause), True),
        Action(
            "merge",
            "并入另一用户",
            "Merge into another",
            lambda desk, id, cause, given: desk.merge(id, cause, given),
            needs_reason=True,
            input=Merging,
            is_dangerous=True,
            is_for_admins=True,
        ),
    ),
)
