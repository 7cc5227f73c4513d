"""What the routes of a noun do: each reads what came, calls its service, and shows what it gives."""
from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import fields

from handlers.ops.noun_shapes import given_of, shown, to_moments, whole_of
from server.domain.changes import Cause
from server.domain.exports import SheetFormat, file_name
from server.domain.moments import to_end
from server.domain.nouns import Action, Noun, NounService, about, fields_of
from server.domain.paging import Between, ListQuery
from server.web.call import Call
from server.web.replies import Download
from server.web.routing import LARGEST_ID

FindService = Callable[[Any], Any]  # of the services, the noun's
AddMany = Callable[[Any, Any, Cause], Awaitable[list[Any]]]

MEDIA = {
    SheetFormat.CSV: "text/csv; charset=utf-8",
    SheetFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FROM, TO = "_from", "_to"  # ends of a filter's name where it takes a range

Reason = Annotated[str, Meta(max_length=200), about("原因", "Reason", "text")]
ReasonNeeded = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S"), about("原因", "Reason", "text")]
RevisionRead = Annotated[
    int, Meta(ge=0, le=LARGEST_ID, description="读取时的版本；不符时答 409\n\nAs it was read; 409 if it has another now")
]


class Removal(Struct):
    """`revision` as it was read: 409 if it has another now."""

    revision: RevisionRead | None = None
    reason: Reason = ""


class NounEndpoints:
    """What the routes of one noun do."""

    def __init__(self, noun: Noun[Any], find_service: FindService):
        self._noun = noun
        self._find = find_service

    async def list(self, call: Call, query: Any) -> dict[str, Any]:
        service, page = self._service(call), query.to_page_query()
        found = await service.page(await self._list_query(call, query), page)
        return {"current_page": page.number, "list": [self._show(service, one) for one in found.items], "total": found.total}

    async def export(self, call: Call, query: Any) -> Download:
        service, sheet_format = self._service(call), query.format
        asked = await self._list_query(call, query)
        file = await call.services.ops.exports.export(service, asked, sheet_format, call.language)
        return Download(file, MEDIA[sheet_format], file_name(self._noun, sheet_format, call.services.clock.now()))

    async def get(self, call: Call, **key: Any) -> dict[str, Any]:
        service = self._service(call)
        return self._show(service, await service.get(self._id(key)))

    async def add(self, call: Call, body: Any) -> dict[str, Any]:
        service = self._service(call)
        return self._show(service, await service.add(whole_of(body, self._noun.new or self._noun.terms), _cause(call, body)))

    async def add_many(self, add: AddMany, call: Call, body: Any) -> Any:
        service = self._service(call)
        added = await add(service, whole_of(body, self._noun.new or self._noun.terms), _cause(call, body))
        return [self._show(service, one) for one in added]

    async def change(self, call: Call, body: Any, **key: Any) -> dict[str, Any]:
        service = self._service(call)
        terms = whole_of(body, self._noun.terms)
        return self._show(service, await service.change(self._id(key), terms, _cause(call, body), revision=body.revision))

    async def change_some(self, call: Call, body: Any, **key: Any) -> dict[str, Any]:
        service = self._service(call)
        given = given_of(body, self._noun.terms)
        return self._show(service, await service.change(self._id(key), given, _cause(call, body), revision=body.revision))

    async def remove(self, call: Call, query: Removal, **key: Any) -> None:
        await self._service(call).remove(self._id(key), _cause(call, query), revision=query.revision)

    async def act(self, action: Action, call: Call, body: Any, **key: Any) -> dict[str, Any]:
        service = self._service(call)
        more = [] if action.input is None else [whole_of(body, action.input)]
        return self._show(service, await action.run(service, self._id(key), _cause(call, body), *more))

    def _service(self, call: Call) -> NounService[Any]:
        return self._find(call.services)

    def _id(self, key: dict[str, Any]) -> Any:
        return key[self._noun.key]

    def _show(self, service: NounService[Any], made: Struct) -> dict[str, Any]:
        return shown(service.rules.show(made))

    async def _list_query(self, call: Call, query: Any) -> ListQuery:
        return await call.services.operators.people.with_all_numbers(self._asked(query))

    def _asked(self, query: Any) -> ListQuery:
        given = {field.name: getattr(query, field.name) for field in fields(type(query))}
        order = (given["sort"],) if given["sort"] else ()
        named = set(self._noun.filtered)
        named |= {field.name for field in fields_of(self._noun.filters)} if self._noun.filters is not None else set()
        filters: dict[str, Any] = {name: given[name] for name in named if given.get(name) is not None}
        moments = {name: given[name] for name in given if isinstance(given[name], datetime)}
        given |= to_moments(moments)
        for name in named:
            first, last = given.get(f"{name}{FROM}"), given.get(f"{name}{TO}")
            if first is not None or last is not None:
                filters[name] = Between(first, to_end(last) if isinstance(last, datetime) else last)
        return ListQuery(filters=filters, text=given["q"].strip(), order=order)


def _cause(call: Call, given: Any) -> Cause:
    return Cause(call.caller.id, given.reason.strip())
