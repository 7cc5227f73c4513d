"""Rows of JSON that members keep at the mall: what of it means what, their clients know."""
from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Protocol

import msgspec
from msgspec import Struct

from server.domain.clock import Clock
from server.domain.errors import Conflict, NotFound
from server.domain.nouns import Noun, NounStore, NumberId, Revision, about
from server.domain.paging import Page, PageQuery

MOST_KIND_CHARACTERS = 32  # the document's
MOST_ROWS = 2000  # of one member


class JsonKindTooLong(Conflict):
    """The kind of a row is longer than it may be."""


class NotJson(Conflict):
    """The content of a row is no JSON."""


class JsonRowMissing(NotFound):
    """The member has no such row."""


class TooManyJsonRows(Conflict):
    """The member has as many rows as one may have."""


class JsonRow(Struct, frozen=True, kw_only=True):
    """`kind` and `ref_id` are the client's words. `changed_at` tells of the content, not of marks."""

    id: NumberId
    revision: Revision = 1
    user_id: Annotated[int, about("用户", "User")]
    kind: Annotated[str, about("类型", "Kind")] = ""
    ref_id: Annotated[int, about("外键", "Refers to")] = 0
    content: Annotated[str, about("内容", "Content", "long_text")] = "{}"
    is_top: Annotated[bool, about("置顶", "On top")] = False
    is_highlighted: Annotated[bool, about("高亮", "Highlighted")] = False
    added_at: Annotated[datetime, about("添加时间", "Added at")]
    changed_at: Annotated[datetime, about("修改时间", "Changed at")]


class JsonRowChange(Struct, frozen=True, kw_only=True):
    """New values; None leaves one as it is."""

    kind: str | None = None
    ref_id: int | None = None
    content: str | None = None

    def check(self) -> None:
        """Raises JsonKindTooLong and NotJson."""
        if self.kind is not None and len(self.kind) > MOST_KIND_CHARACTERS:
            raise JsonKindTooLong()
        if self.content is not None:
            try:
                msgspec.json.decode(self.content)
            except (msgspec.DecodeError, RecursionError):
                raise NotJson() from None

    @property
    def values(self) -> dict[str, Any]:
        """Those that are given."""
        given = {"kind": self.kind, "ref_id": self.ref_id, "content": self.content}
        return {name: value for name, value in given.items() if value is not None}


class JsonRowQuestion(Struct, frozen=True, kw_only=True):
    """Which of a member's rows; None asks for any."""

    id: int | None = None
    kind: str | None = None
    ref_id: int | None = None
    is_by_change: bool = False  # the last changed first, instead of the last added


class JsonRowStore(NounStore[JsonRow], Protocol):
    """Where rows are kept."""

    async def count(self, *, user_id: int) -> int: ...

    async def change_row(self, user_id: int, row_id: int, values: dict[str, Any]) -> bool:
        """One of the member's, by one write; False if they have no such row."""

    async def remove_row(self, user_id: int, row_id: int) -> bool: ...

    async def page_rows(self, user_id: int, question: JsonRowQuestion, page: PageQuery) -> Page[JsonRow]:
        """Those on top first."""


class JsonRowService:
    """A member's rows, which nobody else reads or changes."""

    def __init__(self, rows: JsonRowStore, clock: Clock):
        self._rows = rows
        self._clock = clock

    async def set(self, user_id: int, change: JsonRowChange, row_id: int | None) -> int:
        """A new row, or what is given of one that is there; its number.

        Raises JsonKindTooLong, NotJson, JsonRowMissing and TooManyJsonRows.
        """
        change.check()
        now = self._clock.now()
        if row_id is not None:
            await self._change(user_id, row_id, {**change.values, "changed_at": now})
            return row_id
        if await self._rows.count(user_id=user_id) >= MOST_ROWS:
            raise TooManyJsonRows()
        made = JsonRow(id=await self._rows.next_id(), user_id=user_id, added_at=now, changed_at=now, **change.values)
        await self._rows.add(made)
        return made.id

    async def mark(self, user_id: int, row_id: int, *, is_top: bool | None = None, is_highlighted: bool | None = None) -> None:
        """None leaves a mark as it is. Raises JsonRowMissing."""
        marks = {"is_top": is_top, "is_highlighted": is_highlighted}
        await self._change(user_id, row_id, {name: value for name, value in marks.items() if value is not None})

    async def remove(self, user_id: int, row_id: int) -> None:
        """Raises JsonRowMissing."""
        if not await self._rows.remove_row(user_id, row_id):
            raise JsonRowMissing("row")

    async def page(self, user_id: int, question: JsonRowQuestion, page: PageQuery) -> Page[JsonRow]:
        return await self._rows.page_rows(user_id, question, page)

    async def _change(self, user_id: int, row_id: int, values: dict[str, Any]) -> None:
        if not await self._rows.change_row(user_id, row_id, values):
            raise JsonRowMissing("row")


JSON_ROWS = Noun(
    area="mall",
    name="json-rows",
    zh="Json 数据",
    en="JSON rows",
    made=JsonRow,
    label="kind",
    searched=("kind", "content"),
    sorted=("id", "user_id", "kind", "changed_at"),
    filtered=("user_id", "kind", "ref_id"),
    order=("-id",),
)
