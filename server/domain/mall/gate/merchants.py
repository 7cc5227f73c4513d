"""Merchants who may ask at the gate. A key is told once, when it is made; what is kept of it opens nothing. Who has none is
not let in.
"""
from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Annotated, Protocol

from msgspec import Meta, Struct
from msgspec.structs import replace

from server.domain.changes import Cause
from server.domain.clock import Clock
from server.domain.errors import NotAllowed, TooMany
from server.domain.mall.categories import Name
from server.domain.mall.furniture import Furniture
from server.domain.moments import SHANGHAI
from server.domain.nouns import (
    Action,
    Id,
    Noun,
    NounService,
    NounStore,
    NumberId,
    Revision,
    Rules,
    about,
    plain,
)

FIRST_NUMBER = 100_000  # of a merchant, beside their id
KEY_BYTES = 24
DAY = timedelta(days=1)
Daily = Annotated[int, Meta(ge=0, le=1_000_000)]


class MerchantRefused(NotAllowed):
    """No merchant has that number and key, or they may not ask at present."""


class MerchantDaySpent(TooMany):
    """The merchant has asked as often as they may in a day."""


class MerchantTerms(Struct, frozen=True, kw_only=True):
    """`most_a_day`: of each kind of question."""

    name: Annotated[Name, about("名称", "Name")]
    most_a_day: Annotated[Daily, about("每日次数", "Questions a day")] = 1000
    is_open: Annotated[bool, about("启用", "Open")] = True
    remark: Annotated[Annotated[str, Meta(max_length=200)], about("备注", "Remark")] = ""


class Merchant(MerchantTerms, frozen=True, kw_only=True):
    id: int
    revision: int = 0
    digest: str
    added_at: datetime

    @property
    def number(self) -> str:
        return str(FIRST_NUMBER + self.id)

    def has_key(self, key: str) -> bool:
        return secrets.compare_digest(self.digest, digest_of(key))


class KeyedMerchant(Merchant, frozen=True, kw_only=True):
    """With the key that was just made."""

    key: str


class ShownMerchant(MerchantTerms, frozen=True, kw_only=True):
    """`key` is told in the answer that makes it alone."""

    id: NumberId
    revision: Revision
    number: Annotated[str, about("商户号", "Number")]
    key: Annotated[str, about("商户秘钥（仅显示一次）", "Key, told once")] = ""
    added_at: Annotated[datetime, about("添加时间", "Added at")]


class MerchantRules(Rules[Merchant]):
    """A merchant keeps their key until another is made."""

    def __init__(self, kept: Furniture[Merchant], clock: Clock):
        self._kept = kept
        self._clock = clock

    def show(self, made: Merchant) -> ShownMerchant:
        values = {name: getattr(made, name) for name in MerchantTerms.__struct_fields__}
        key = made.key if isinstance(made, KeyedMerchant) else ""
        return ShownMerchant(**values, id=made.id, revision=made.revision, number=made.number, key=key, added_at=made.added_at)

    async def make(self, noun: Noun[Merchant], id: int, terms: MerchantTerms, before: Merchant | None) -> Merchant:
        values = {name: getattr(terms, name) for name in MerchantTerms.__struct_fields__}
        if before is None:
            return Merchant(**values, id=id, revision=1, digest="", added_at=self._clock.now())
        return replace(before, **values, revision=before.revision + 1)

    async def note_changed(self) -> None:
        self._kept.forget()


class MerchantDesk(NounService[Merchant]):
    """The staff's work on merchants."""

    def __init__(self, merchants: NounStore[Merchant], kept: Furniture[Merchant], clock: Clock):
        super().__init__(MERCHANTS, merchants, clock, MerchantRules(kept, clock))

    async def renew_key(self, id: Id, cause: Cause) -> Merchant:
        """A key, which the answer tells; the one before opens nothing any more."""
        key = secrets.token_urlsafe(KEY_BYTES)
        after = await self.become(id, "renew-key", cause, digest=digest_of(key))
        return KeyedMerchant(**{**plain(after), "key": key})


MERCHANTS = Noun(
    area="mall",
    name="gate-merchants",
    zh="网关商户",
    en="Merchants at the gate",
    made=Merchant,
    terms=MerchantTerms,
    shown=ShownMerchant,
    searched=("name", "remark"),
    sorted=("id", "name", "added_at"),
    filtered=("is_open",),
    order=("id",),
    actions=(Action("renew-key", "生成秘钥", "Make a key", MerchantDesk.renew_key, needs_reason=True, is_dangerous=True),),
)


class QuestionCounts(Protocol):
    """Where it is counted how often was asked."""

    async def count_up(self, name: str, most: int, until: datetime) -> bool:
        """One more, unless there are as many."""


class GateKeeper:
    """Lets merchants in."""

    def __init__(self, kept: Furniture[Merchant], counts: QuestionCounts, clock: Clock):
        self._kept = kept
        self._counts = counts
        self._clock = clock

    async def admit(self, number: str, key: str, kind: str) -> Merchant:
        """Whoever asks a question of that kind; it counts. Raises MerchantRefused and MerchantDaySpent."""
        found = next((one for one in await self._kept.list_all() if one.number == number), None)
        if found is None or not found.is_open or not found.has_key(key):
            raise MerchantRefused()
        now = self._clock.now()
        day = now.astimezone(SHANGHAI).date().isoformat()
        if not await self._counts.count_up(f"{day}:gate:{kind}:{number}", found.most_a_day, now + DAY):
            raise MerchantDaySpent(int(DAY.total_seconds()))
        return found


def digest_of(key: str) -> str:
    """Keys are as random as they can be: no salt, no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()
