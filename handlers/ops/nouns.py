"""Turns a noun into its routes: list, one, add, change, remove, export, and an action for each of its verbs.

What a page needs to draw the list and the form stands in the description: the noun under `x-noun` of its list, and of each field
its titles and kind (server/domain/nouns.py: `about`).
"""
from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal, Union, get_type_hints

from msgspec import NODEFAULT, UNSET, Meta, Struct, UnsetType, defstruct
from msgspec.structs import asdict, fields

from handlers.bidding.inputs import PageParameters
from handlers.bidding.shapes import DocumentTime, document_time
from server.domain.changes import Cause
from server.domain.errors import InvalidInput
from server.domain.exports import SheetFormat, TooManyRows, file_name
from server.domain.moments import find_problem, to_end, to_utc
from server.domain.nouns import Action, ChangedMeanwhile, InUse, Noun, NounService, about, kind_of, read_about
from server.domain.paging import Between, ListQuery
from server.web.access import OPERATOR
from server.web.call import Call
from server.web.inputs import Input
from server.web.replies import Download
from server.web.routing import LARGEST_ID, Route, Routes

FindService = Callable[[Any], Any]  # of the services, the noun's
AddMany = Callable[[Any, Any, Cause], Awaitable[list[Any]]]

MEDIA = {
    SheetFormat.CSV: "text/csv; charset=utf-8",
    SheetFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FROM, TO = "_from", "_to"  # ends of a filter's name where it takes a range
RANGES = ("time", "money")

Keyword = Annotated[str, Meta(max_length=100, description="关键字\n\nFound in any of the fields that are searched")]
Reason = Annotated[str, Meta(max_length=200), about("原因", "Reason", "text")]
ReasonNeeded = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S"), about("原因", "Reason", "text")]
RevisionRead = Annotated[
    int, Meta(ge=0, le=LARGEST_ID, description="读取时的版本；不符时答 409\n\nAs it was read; 409 if it has another now")
]


def noun_routes(noun: Noun[Any], find_service: FindService, *, add_many: AddMany | None = None) -> Routes:
    """All of them under the prefix of its document. `add_many`: what makes several things of one form, where a form makes no single one."""
    return _Drawing(noun, find_service, add_many).draw()


class _Drawing:
    """The routes of one noun."""

    def __init__(self, noun: Noun[Any], find_service: FindService, add_many: AddMany | None):
        self._noun = noun
        self._endpoints = _Endpoints(noun, find_service)
        self._add_many = add_many
        self._title = "".join(word.capitalize() for word in re.split(r"[-_]", f"{noun.area}-{noun.name}"))
        self._shape = shape_of(noun.sight, f"{self._title}Shape")

    def draw(self) -> Routes:
        noun, ends, path = self._noun, self._endpoints, f"/{self._noun.name}"
        one = f"{path}/{{{noun.key}}}"
        routes = Routes()
        add = routes.routes.append
        things: Any = list[self._shape]  # type: ignore[name-defined]
        page = defstruct(f"{self._title}Page", [("current_page", int), ("list", things), ("total", int)])
        listed = self._query(PageParameters, "Query")
        add(self._route("GET", path, ends.list, "列表", "list", query=listed, returns=page, extensions={"x-noun": self._describe()}))
        added = noun.new or noun.terms
        if added is not None:
            form = self._input(added, "New", [("reason", Reason, "")])
            if self._add_many is None:
                add(self._route("POST", path, ends.add, "新增", "add", body=form))
            else:
                many = partial(ends.add_many, self._add_many)
                add(self._route("POST", path, many, "新增", "add", body=form, returns=things, status=201))
        exported = self._query(_ExportParameters, "ExportQuery")
        sheet: dict[str, Any] = {"query": exported, "returns": Download, "media": tuple(MEDIA.values()), "raises": (TooManyRows,)}
        add(self._route("GET", f"{path}/export", ends.export, "导出", "export", **sheet))
        add(self._route("GET", one, ends.get, "详情", "get"))
        if noun.terms is not None:
            more = [("revision", RevisionRead | None, None), ("reason", Reason, "")]
            whole, some = self._input(noun.terms, "Change", more), self._input(noun.terms, "Patch", more, is_partial=True)
            add(self._route("PUT", one, ends.change, "修改", "change", body=whole))
            add(self._route("PATCH", one, ends.change_some, "修改部分内容", "patch", body=some))
        removal = Input(_Removal, is_body=False)
        add(self._route("DELETE", one, ends.remove, "删除", "remove", query=removal, returns=None))
        for action in noun.actions:
            reason = [("reason", ReasonNeeded if action.needs_reason else Reason, NODEFAULT if action.needs_reason else "")]
            form = self._input(action.input or Struct, action.verb.capitalize(), reason)
            acted = partial(ends.act, action)
            add(self._route("POST", f"{one}/{action.verb}", acted, action.zh, action.verb, body=form))
        return routes

    def _route(self, method: str, path: str, function: Callable[..., Any], summary: str, verb: str, **about: Any) -> Route:
        key = (self._noun.key,) if "{" in path else ()
        usual: dict[str, Any] = {
            "access": OPERATOR,
            "parameters": key,
            "texts": frozenset(key if self._noun.id is str else ()),
            "body": None,
            "query": None,
            "returns": self._shape,
            "raises": () if method == "GET" else self._rules(),
        }
        name = f"{verb}_{self._noun.name.replace('-', '_')}"
        told = f"{self._noun.zh}：{summary}"
        return Route(method=method, path=path, function=function, summary=told, name=name, **{**usual, **about})

    def _rules(self) -> tuple[type[Exception], ...]:
        return (ChangedMeanwhile, InUse, *self._noun.raises)

    def _input(
        self, terms: type[Struct], name: str, more: list[tuple[str, Any, Any]], *, is_partial: bool = False
    ) -> Input[Any]:
        hints = get_type_hints(terms, include_extras=True)
        told = {name: _told(hint) for name, hint in hints.items()}
        if is_partial:
            drawn = [(field.name, Union[told[field.name], UnsetType], UNSET) for field in fields(terms)]
        else:
            drawn = [(field.name, told[field.name], field.default) for field in fields(terms)]
        made = [one[:2] if one[2] is NODEFAULT else one for one in (*drawn, *more)]
        return Input(defstruct(f"{self._title}{name}", made, kw_only=True), is_body=True)

    def _query(self, base: type[Struct], name: str) -> Input[Any]:
        noun = self._noun
        orders = tuple(f"{sign}{field}" for field in noun.sorted for sign in ("", "-"))
        asked: list[Any] = [("q", Keyword, ""), ("sort", Literal[orders] | None, None), *self._filters()]
        return Input(defstruct(f"{self._title}{name}", asked, bases=(base,), kw_only=True), is_body=False)

    def _filters(self) -> Iterable[tuple[str, Any, Any]]:
        noun = self._noun
        if noun.filters is not None:
            hints = get_type_hints(noun.filters, include_extras=True)
            yield from ((field.name, _told(hints[field.name]), field.default) for field in fields(noun.filters))
        hints = get_type_hints(noun.sight, include_extras=True)
        told = read_about(noun.sight)
        for name in noun.filtered:
            ends = (FROM, TO) if told[name].kind in RANGES else ("",)
            yield from ((f"{name}{end}", Union[_told(hints[name]), None], None) for end in ends)

    def _describe(self) -> dict[str, Any]:
        """What a page draws the noun from, beside the schemas of its fields."""
        noun = self._noun
        path = f"/api/ops/{noun.area}/{noun.name}"
        return {
            "name": noun.full_name,
            "titles": {"zh": noun.zh, "en": noun.en},
            "path": path,
            "key": noun.key,
            "label": noun.label,
            "fields": list(read_about(noun.sight)),
            "searched": [noun.key if name == "id" else name for name in noun.searched],
            "sorted": list(noun.sorted),
            "order": [f"-{noun.key}" if name == "-id" else noun.key if name == "id" else name for name in noun.order],
            "filters": [name for name, _, _ in self._filters()],
            "add": _schema(self._title, "New") if noun.new or noun.terms else None,
            "change": _schema(self._title, "Change") if noun.terms else None,
            "export": [sheet_format.value for sheet_format in SheetFormat],
            "actions": [
                {
                    "verb": action.verb,
                    "titles": {"zh": action.zh, "en": action.en},
                    "input": _schema(self._title, action.verb.capitalize()),
                    "needs_reason": action.needs_reason,
                }
                for action in noun.actions
            ],
        }


class _Removal(Struct):
    """`revision` as it was read: 409 if it has another now."""

    revision: RevisionRead | None = None
    reason: Reason = ""


class _ExportParameters(Struct):
    """`format`: csv or xlsx."""

    format: SheetFormat = SheetFormat.CSV


class _Endpoints:
    """What the routes of one noun do."""

    def __init__(self, noun: Noun[Any], find_service: FindService):
        self._noun = noun
        self._find = find_service

    async def list(self, call: Call, query: Any) -> dict[str, Any]:
        service, page = self._service(call), query.to_page_query()
        found = await service.page(self._list_query(query), page)
        return {"current_page": page.number, "list": [self._show(service, one) for one in found.items], "total": found.total}

    async def export(self, call: Call, query: Any) -> Download:
        service, sheet_format = self._service(call), query.format
        file = await call.services.ops.exports.export(service, self._list_query(query), sheet_format, call.language)
        return Download(file, MEDIA[sheet_format], file_name(self._noun, sheet_format, call.services.clock.now()))

    async def get(self, call: Call, **key: Any) -> dict[str, Any]:
        service = self._service(call)
        return self._show(service, await service.get(self._id(key)))

    async def add(self, call: Call, body: Any) -> dict[str, Any]:
        service = self._service(call)
        return self._show(service, await service.add(_whole(body, self._noun.new or self._noun.terms), _cause(call, body)))

    async def add_many(self, add: AddMany, call: Call, body: Any) -> Any:
        service = self._service(call)
        added = await add(service, _whole(body, self._noun.new or self._noun.terms), _cause(call, body))
        return [self._show(service, one) for one in added]

    async def change(self, call: Call, body: Any, **key: Any) -> dict[str, Any]:
        service = self._service(call)
        terms = _whole(body, self._noun.terms)
        return self._show(service, await service.change(self._id(key), terms, _cause(call, body), revision=body.revision))

    async def change_some(self, call: Call, body: Any, **key: Any) -> dict[str, Any]:
        service = self._service(call)
        given = _given(body, self._noun.terms)
        return self._show(service, await service.change(self._id(key), given, _cause(call, body), revision=body.revision))

    async def remove(self, call: Call, query: _Removal, **key: Any) -> None:
        await self._service(call).remove(self._id(key), _cause(call, query), revision=query.revision)

    async def act(self, action: Action, call: Call, body: Any, **key: Any) -> dict[str, Any]:
        service = self._service(call)
        more = [] if action.input is None else [_whole(body, action.input)]
        return self._show(service, await action.run(service, self._id(key), _cause(call, body), *more))

    def _service(self, call: Call) -> NounService[Any]:
        return self._find(call.services)

    def _id(self, key: dict[str, Any]) -> Any:
        return key[self._noun.key]

    def _show(self, service: NounService[Any], made: Struct) -> dict[str, Any]:
        return shown(service.rules.show(made))

    def _list_query(self, query: Any) -> ListQuery:
        given = {field.name: getattr(query, field.name) for field in fields(type(query))}
        order = (given["sort"],) if given["sort"] else ()
        named = set(self._noun.filtered)
        named |= {field.name for field in fields(self._noun.filters)} if self._noun.filters is not None else set()
        filters: dict[str, Any] = {name: given[name] for name in named if given.get(name) is not None}
        moments = {name: given[name] for name in given if isinstance(given[name], datetime)}
        given |= to_moments(moments)
        for name in named:
            first, last = given.get(f"{name}{FROM}"), given.get(f"{name}{TO}")
            if first is not None or last is not None:
                filters[name] = Between(first, to_end(last) if isinstance(last, datetime) else last)
        return ListQuery(filters=filters, text=given["q"].strip(), order=order)


def shape_of(struct: type[Struct], name: str) -> type[Struct]:
    """What is sent of it: every field, with times as documents write them."""
    hints = get_type_hints(struct, include_extras=True)
    names = sorted((field.name for field in fields(struct)), key=lambda field: field != "id")
    return defstruct(name, [(field, _sent(hints[field])) for field in names], kw_only=True)


def _sent(hint: Any) -> Any:
    if kind_of(hint) != "time":
        return _told(hint)
    plain = hint.__origin__ if hasattr(hint, "__metadata__") else hint
    text = DocumentTime | None if type(None) in getattr(plain, "__args__", ()) else DocumentTime
    return _told(Annotated[text, *getattr(hint, "__metadata__", ())], "time")


def _told(hint: Any, kind: str | None = None) -> Any:
    """With its kind in the description, where the annotation leaves it to the type."""
    told = [meta.extra_json_schema or {} for meta in getattr(hint, "__metadata__", ())]
    if any("x-kind" in one for one in told):
        return hint
    return Annotated[hint, Meta(extra_json_schema={"x-kind": kind or kind_of(hint)})]


def shown(struct: Struct) -> dict[str, Any]:
    """As its shape tells."""
    values = asdict(struct)
    return {name: document_time(value) if isinstance(value, datetime) else value for name, value in values.items()}


def _schema(title: str, name: str) -> str:
    return f"#/components/schemas/{title}{name}"


def _given(body: Struct, terms: Any) -> dict[str, Any]:
    values = {field.name: getattr(body, field.name) for field in fields(terms)}
    return to_moments({name: value for name, value in values.items() if value is not UNSET})


def _whole(body: Struct, terms: Any) -> Any:
    return terms(**_given(body, terms))


def to_moments(values: dict[str, Any]) -> dict[str, Any]:
    """Moments without an offset are meant in Asia/Shanghai. Raises InvalidInput."""
    moments = {name: value for name, value in values.items() if isinstance(value, datetime)}
    problems = {name: [problem] for name, moment in moments.items() if (problem := find_problem(moment))}
    if problems:
        raise InvalidInput(problems)
    return {**values, **{name: to_utc(moment) for name, moment in moments.items()}}


def _cause(call: Call, given: Any) -> Cause:
    return Cause(call.caller.id, given.reason.strip())
