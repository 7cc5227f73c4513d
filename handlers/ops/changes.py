"""操作日志: who changed what, when and why."""
from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct, field

from handlers.bidding.inputs import PageParameters
from handlers.bidding.shapes import DocumentTime, document_time
from handlers.ops.noun_shapes import to_moments
from server.domain.changes import Change, ChangeQuery
from server.domain.moments import to_end
from server.domain.nouns import about
from server.web.access import OPERATOR
from server.web.call import Call
from server.web.routing import LARGEST_ID, Routes

routes = Routes()

Name = Annotated[str, Meta(max_length=100)]


class LogQuery(PageParameters, kw_only=True):
    """`noun` by its full name, such as `groupbuy.areas`; `id` of what was changed; `from` and `to` are included."""

    noun: Name | None = None
    id: Name | None = None
    user: Annotated[int, Meta(ge=1, le=LARGEST_ID)] | None = None
    first_at: datetime | None = field(default=None, name="from")
    last_at: datetime | None = field(default=None, name="to")

    def to_change_query(self) -> ChangeQuery:
        """Raises InvalidInput."""
        moments = to_moments({"from": self.first_at, "to": self.last_at})
        first_at, last_at = moments["from"], moments["to"] and to_end(moments["to"])
        return ChangeQuery(noun=self.noun, thing_id=self.id, user_id=self.user, first_at=first_at, last_at=last_at)


class ChangeShape(Struct):
    """`before` is null for what was added, `after` for what was removed; else both have the fields that differ."""

    id: Annotated[int, about("编号", "Id")]
    noun: Annotated[str, about("对象类型", "Noun")]
    thing_id: Annotated[str, about("对象编号", "Id of the thing")]
    verb: Annotated[str, about("操作", "Verb")]
    user_id: Annotated[int | None, about("操作人", "User")]
    at: Annotated[DocumentTime, about("时间", "Time", "time")]
    before: Annotated[dict[str, Any] | None, about("修改前", "Before")]
    after: Annotated[dict[str, Any] | None, about("修改后", "After")]
    reason: Annotated[str, about("原因", "Reason")]

    @classmethod
    def of(cls, one: Change) -> ChangeShape:
        return cls(one.id, one.noun, one.thing_id, one.verb, one.user_id, document_time(one.at), one.before, one.after, one.reason)


class ChangesPageShape(Struct):
    current_page: int
    changes: list[ChangeShape] = field(name="list")
    total: int


@routes.get("/log", access=OPERATOR)
async def list_changes(call: Call, query: LogQuery) -> ChangesPageShape:
    """操作日志

    Newest first."""
    page = query.to_page_query()
    found = await call.services.ops.changes.page_changes(query.to_change_query(), page)
    return ChangesPageShape(page.number, [ChangeShape.of(one) for one in found.items], found.total)
