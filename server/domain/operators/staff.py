"""Operators as a noun: who they are and what each may do, kept by admins."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import replace

from server.domain.accounts.names import MAX_NAME_CHARACTERS, tidy_name
from server.domain.accounts.passwords import MAX_PASSWORD_CHARACTERS, MIN_PASSWORD_CHARACTERS
from server.domain.accounts.tokens import TokenService
from server.domain.accounts.user_service import UserService
from server.domain.accounts.users import Role
from server.domain.changes import Cause
from server.domain.clock import Clock
from server.domain.errors import InvalidInput
from server.domain.nouns import (
    ADD,
    NOBODY,
    REMOVE,
    Action,
    ChangedMeanwhile,
    Id,
    InUse,
    Noun,
    NounService,
    NounStore,
    NumberId,
    Revision,
    Rules,
    about,
)
from server.domain.operators.door import DoorService, operator_identity

ROLE_WORDS = {
    Role.AUCTIONEER: ("拍卖师", "Auctioneer"),
    Role.SHOP_STAFF: ("店员", "Shop staff"),
    Role.BOOKKEEPER: ("财务", "Bookkeeper"),
    Role.OPERATOR: ("运营（全部业务）", "Operator (all trades)"),
    Role.ADMIN: ("管理员", "Admin"),
}

Roles = Annotated[tuple[Role, ...], Meta(min_length=1, max_length=len(ROLE_WORDS)), about("角色", "Roles", labels=ROLE_WORDS)]
Note = Annotated[str, Meta(max_length=200), about("备注", "Note")]
FirstPassword = Annotated[
    str, Meta(min_length=MIN_PASSWORD_CHARACTERS, max_length=MAX_PASSWORD_CHARACTERS), about("初始密码", "First password", "text")
]


class Operator(Struct, frozen=True, kw_only=True):
    """A user with rights, as they are kept among users."""

    id: int
    nickname: str
    roles: tuple[Role, ...]
    identities: tuple[str, ...] = ()
    created_at: datetime
    has_two_steps: bool = True
    is_banned: bool = False
    note: str = ""
    revision: int = 0


class OperatorTerms(Struct, frozen=True, kw_only=True):
    """What admins decide."""

    roles: Roles
    note: Note = ""


class NewOperator(Struct, frozen=True, kw_only=True):
    """`password` is handed over; who signs in with it sets the second factor up first."""

    nickname: Annotated[str, Meta(min_length=1, max_length=MAX_NAME_CHARACTERS), about("姓名", "Name")]
    roles: Roles
    password: FirstPassword
    note: Note = ""


class NewSignIn(Struct, frozen=True, kw_only=True):
    """Likewise, for who has lost theirs."""

    password: FirstPassword


class OperatorView(Struct, frozen=True, kw_only=True):
    """An operator as admins see them."""

    id: NumberId
    nickname: Annotated[str, about("姓名", "Name")]
    roles: Roles
    note: Note
    has_two_steps: Annotated[bool, about("两步登录", "Signs in with two steps")]
    is_banned: Annotated[bool, about("已停用", "Banned")]
    created_at: Annotated[datetime, about("创建时间", "Made at")]
    revision: Revision


OPERATORS = Noun(
    area="accounts",
    name="operators",
    zh="操作员",
    en="Operators",
    made=Operator,
    terms=OperatorTerms,
    new=NewOperator,
    shown=OperatorView,
    label="nickname",
    searched=("nickname", "note"),
    sorted=("id", "nickname", "created_at"),
    filtered=("is_banned", "created_at"),
    removal_is_dangerous=True,
    actions=(Action("reset", "重置登录", "Reset sign-in", lambda desk, id, cause, given: desk.reset(id, cause, given), True, NewSignIn, True),),
)


class StaffRules(Rules[Operator]):
    """There is always an admin."""

    def __init__(self, operators: NounStore[Operator]):
        self._operators = operators

    def show(self, made: Operator) -> OperatorView:
        return OperatorView(
            id=made.id,
            nickname=made.nickname,
            roles=made.roles,
            note=made.note,
            has_two_steps=made.has_two_steps,
            is_banned=made.is_banned,
            created_at=made.created_at,
            revision=made.revision,
        )

    async def check(self, after: Operator, before: Operator | None) -> None:
        if before is not None and Role.ADMIN in before.roles and Role.ADMIN not in after.roles:
            await self.check_unused(before)

    async def check_unused(self, made: Operator) -> None:
        admins = [one for one in await self._operators.list_all() if Role.ADMIN in one.roles and one.id != made.id]
        if Role.ADMIN in made.roles and not admins:
            raise InUse("admin")


class StaffService(NounService[Operator]):
    """Admins' work on operators. Whatever is changed of one ends their tokens."""

    def __init__(self, operators: NounStore[Operator], users: UserService, door: DoorService, tokens: TokenService, clock: Clock):
        super().__init__(OPERATORS, operators, clock, StaffRules(operators))
        self._operators = operators
        self._users = users
        self._door = door
        self._tokens = tokens

    async def try_out(self, terms: Struct) -> None:
        """Raises InvalidInput for a name that an operator has, or a password that is easily guessed."""
        assert isinstance(terms, NewOperator)
        name = tidy_name(terms.nickname, "nickname")
        await self._door.check_password(terms.password, terms.password, (name,))
        if await self._users.find_by_identity(operator_identity(name)) is not None:
            raise InvalidInput({"nickname": ["taken"]})

    async def add(self, terms: Struct, cause: Cause = NOBODY) -> Operator:
        """Raises InvalidInput for a name that an operator has, or a password that is easily guessed."""
        assert isinstance(terms, NewOperator)
        await self.try_out(terms)
        name = tidy_name(terms.nickname, "nickname")
        identity = operator_identity(name)
        made = Operator(
            id=await self._operators.next_id(),
            nickname=name,
            roles=terms.roles,
            note=terms.note,
            identities=(identity,),
            created_at=self._clock.now(),
            revision=1,
        )
        await self._operators.add(made, self.entry(ADD, None, made, cause))
        await self._door.set_password(await self._users.get_user(made.id), terms.password)
        return made

    async def change(
        self, id: Id, terms: Struct | Mapping[str, Any], cause: Cause = NOBODY, *, revision: int | None = None
    ) -> Operator:
        """Raises NotFound, ChangedMeanwhile, and InUse for the last admin."""
        changed = await super().change(id, terms, cause, revision=revision)
        await self._tokens.end_all(changed.id)
        return changed

    async def remove(self, id: Id, cause: Cause = NOBODY, *, revision: int | None = None) -> None:
        """They are a user without rights from now on. Raises NotFound, InUse and ChangedMeanwhile."""
        before = await self._get_at(id, revision)
        await self.rules.check_unused(before)
        after = replace(before, roles=(), revision=before.revision + 1)
        if not await self._operators.save(before, after, self.entry(REMOVE, before, None, cause)):
            raise ChangedMeanwhile()
        await self._tokens.end_all(before.id)

    async def reset(self, id: Id, cause: Cause, given: NewSignIn) -> Operator:
        """A first password again, and no second factor until they set it up. Raises NotFound, InvalidInput."""
        operator = await self.get(id)
        await self._door.check_password(given.password, given.password, (operator.nickname,))

        async def keep(before: Operator) -> Operator:
            return replace(before, revision=before.revision + 1)

        after = await self.act(id, "reset", cause, keep)
        await self._door.reset(await self._users.get_user(operator.id), given.password)
        return after
