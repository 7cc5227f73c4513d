"""Partners: friends of the shop, with a link to each."""
from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Struct
from msgspec.structs import replace

from server.domain.clock import Clock
from server.domain.mall.banners import Link
from server.domain.mall.categories import Name, Picture, Sort, Text
from server.domain.mall.furniture import Furniture
from server.domain.nouns import Noun, NumberId, Revision, Rules, about


class PartnerTerms(Struct, frozen=True, kw_only=True):
    """One that is not shown is kept."""

    name: Annotated[Name, about("名称", "Name")]
    logo: Annotated[Picture, about("标志", "Logo", "picture")] = ""
    link: Annotated[Link, about("链接", "Link")] = ""
    kind: Annotated[Text, about("类型", "Kind")] = ""
    sort: Annotated[Sort, about("排序", "Order")] = 0
    is_shown: Annotated[bool, about("显示", "Shown")] = True


class Partner(PartnerTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0
    added_at: Annotated[datetime, about("添加时间", "Added at")]


PARTNERS = Noun(
    area="mall",
    name="partners",
    zh="友情链接",
    en="Partners",
    made=Partner,
    terms=PartnerTerms,
    sorted=("id", "name", "kind", "sort"),
    filtered=("kind", "is_shown"),
    order=("sort", "id"),
)


class PartnerRules(Rules[Partner]):
    """A partner keeps the time when it was added."""

    def __init__(self, kept: Furniture[Partner], clock: Clock):
        self._kept = kept
        self._clock = clock

    async def make(self, noun: Noun[Partner], id: int, terms: PartnerTerms, before: Partner | None) -> Partner:
        values = {name: getattr(terms, name) for name in PartnerTerms.__struct_fields__}
        if before is None:
            return Partner(**values, id=id, revision=1, added_at=self._clock.now())
        return replace(before, **values, revision=before.revision + 1)

    async def note_changed(self) -> None:
        self._kept.forget()
