"""Turns a noun into its routes: list, one, add, change, remove, export, and an action for each of its verbs.

What a page needs to draw the list and the form stands in the description: the noun under `x-noun` of its list, and of each field
its titles and kind (server/domain/nouns.py: `about`).
"""
from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Annotated, Any, Literal, Union, get_args

from msgspec import NODEFAULT, UNSET, Meta, Struct, UnsetType, defstruct, field
from msgspec.structs import FieldInfo

from handlers.bidding.inputs import PageParameters
from handlers.ops.noun_endpoints import (
    FROM,
    MEDIA,
    TO,
    AddMany,
    FindService,
    NounEndpoints,
    Reason,
    ReasonNeeded,
    Removal,
    RevisionRead,
)
from handlers.ops.noun_shapes import shape_of, with_kind
from handlers.ops.noun_sheets import IMPORT, MOST_SHEET_BYTES, PREVIEW, SheetEndpoints, ThingsPreviewShape
from server.domain.exports import SheetFormat, TooManyRows
from server.domain.nouns import Action, ChangedMeanwhile, InUse, Noun, fields_of, hints_of, read_about
from server.web.access import ADMIN, OPERATOR, Access
from server.web.inputs import Input, UploadInput
from server.web.later import Later
from server.web.replies import Download
from server.web.routing import LARGEST_ID, Route, Routes

RANGES = ("time", "money")

Keyword = Annotated[str, Meta(max_length=100, description="关键字\n\nFound in any of the fields that are searched")]


def noun_routes(
    noun: Noun[Any],
    find_service: FindService,
    *,
    changes: Access,
    reads: Access = OPERATOR,
    add_many: AddMany | None = None,
    has_own_import: bool = False,
) -> Routes:
    """All of them under the prefix of its document; `changes` and `reads` say who may.

    `add_many`: what makes several things of one form, where a form makes no single one. `has_own_import`: sheets of it have columns of
    their own, and routes elsewhere.
    """
    return _Drawing(noun, find_service, changes, reads, add_many, has_own_import=has_own_import).draw()


class _Drawing:
    """The routes of one noun."""

    def __init__(
        self,
        noun: Noun[Any],
        find_service: FindService,
        changes: Access,
        reads: Access,
        add_many: AddMany | None,
        *,
        has_own_import: bool,
    ):
        self._noun = noun
        self._changes = changes
        self._reads = reads
        self._endpoints = NounEndpoints(noun, find_service)
        self._add_many = add_many
        self._find_service = find_service
        self._has_own_import = has_own_import
        self._title = "".join(word.capitalize() for word in re.split(r"[-_]", f"{noun.area}-{noun.name}"))
        self._shape = Later(lambda: shape_of(noun.sight, f"{self._title}Shape"))
        self._things: Later[Any] = Later(lambda: list[self._shape.value])  # type: ignore[name-defined]

    def draw(self) -> Routes:
        noun, ends, path = self._noun, self._endpoints, f"/{self._noun.name}"
        one = f"{path}/{{{noun.key}}}"
        routes = Routes()
        add = routes.routes.append
        listed = self._query(PageParameters, "Query")
        described = Later(lambda: {"x-noun": self._describe()})
        add(self._route("GET", path, ends.list, "列表", "list", query=listed, returns=Later(self._page), extensions=described))
        added = noun.new or noun.terms
        if added is not None:
            form = self._input(added, "New", [("reason", Reason, "")])
            if self._add_many is None:
                add(self._route("POST", path, ends.add, "新增", "add", body=form))
                routes.routes.extend([] if self._has_own_import else self._imports(form))
            else:
                many = partial(ends.add_many, self._add_many)
                add(self._route("POST", path, many, "新增", "add", body=form, returns=self._things, status=201))
        exported = self._query(_ExportParameters, "ExportQuery")
        sheet: dict[str, Any] = {"query": exported, "returns": Download, "media": tuple(MEDIA.values()), "raises": (TooManyRows,)}
        add(self._route("GET", f"{path}/export", ends.export, "导出", "export", **sheet))
        add(self._route("GET", one, ends.get, "详情", "get"))
        if noun.terms is not None:
            more = [("revision", RevisionRead | None, None), ("reason", Reason, "")]
            whole, some = self._input(noun.terms, "Change", more), self._input(noun.terms, "Patch", more, is_partial=True)
            add(self._route("PUT", one, ends.change, "修改", "change", body=whole))
            add(self._route("PATCH", one, ends.change_some, "修改部分内容", "patch", body=some))
        if not noun.is_kept:
            removal = Input(Removal, is_body=False)
            access = self._changes.dangerous if noun.removal_is_dangerous else self._changes
            add(self._route("DELETE", one, ends.remove, "删除", "remove", query=removal, returns=None, access=access))
        for action in noun.actions:
            reason = [("reason", ReasonNeeded if action.needs_reason else Reason, NODEFAULT if action.needs_reason else "")]
            form = self._input(action.input or Struct, _action_name(action), reason)
            acted = partial(ends.act, action)
            access = ADMIN if action.is_for_admins else self._changes
            access = access.dangerous if action.is_dangerous else access
            add(self._route("POST", f"{one}/{action.verb}", acted, action.zh, action.verb, body=form, access=access))
        return routes

    def _page(self) -> type[Struct]:
        return defstruct(f"{self._title}Page", [("current_page", int), ("list", self._things.value), ("total", int)])

    def _imports(self, form: Input[Any]) -> Iterable[Route]:
        ends, path = SheetEndpoints(self._noun, self._find_service, form), f"/{self._noun.name}/import"
        sheet: dict[str, Any] = {"body": UploadInput(), "max_body_bytes": MOST_SHEET_BYTES}
        yield self._route("POST", f"{path}/preview", ends.preview, PREVIEW, "preview", returns=ThingsPreviewShape, **sheet)
        yield self._route("POST", path, ends.take_in, IMPORT, "import", returns=self._things, status=201, **sheet)

    def _route(self, method: str, path: str, function: Callable[..., Any], summary: str, verb: str, **about: Any) -> Route:
        key = (self._noun.key,) if "{" in path else ()
        usual: dict[str, Any] = {
            "access": self._reads if method == "GET" else self._changes,
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
        _check_names(self._title, [*terms.__struct_fields__, *(one for one, *_ in more)])
        return Input(Later(lambda: self._form(terms, name, more, is_partial)), is_body=True)

    def _form(self, terms: type[Struct], name: str, more: list[tuple[str, Any, Any]], is_partial: bool) -> type[Struct]:
        hints = hints_of(terms)
        told = {name: with_kind(hint) for name, hint in hints.items()}
        if is_partial:
            drawn = [(one.name, Union[told[one.name], UnsetType], UNSET) for one in fields_of(terms)]
        else:
            drawn = [(one.name, told[one.name], _default(one)) for one in fields_of(terms)]
        made = [one[:2] if one[2] is NODEFAULT else one for one in (*drawn, *more)]
        return defstruct(f"{self._title}{name}", made, kw_only=True)

    def _query(self, base: type[Struct], title: str) -> Input[Any]:
        return Input(Later(lambda: self._question(base, title)), is_body=False)

    def _question(self, base: type[Struct], title: str) -> type[Struct]:
        noun = self._noun
        orders = tuple(f"{sign}{name}" for name in noun.sorted for sign in ("", "-"))
        asked: list[Any] = [("q", Keyword, ""), ("sort", Literal[orders] | None, None), *self._filters()]
        _check_names(self._title, [*(one.name for one in fields_of(base)), *(name for name, *_ in asked)])
        return defstruct(f"{self._title}{title}", asked, bases=(base,), kw_only=True)

    def _filters(self) -> Iterable[tuple[str, Any, Any]]:
        noun = self._noun
        if noun.filters is not None:
            hints = hints_of(noun.filters)
            yield from ((one.name, _bounded(with_kind(hints[one.name])), one.default) for one in fields_of(noun.filters))
        hints = hints_of(noun.sight)
        told = read_about(noun.sight)
        for name in noun.filtered:
            ends = (FROM, TO) if told[name].kind in RANGES else ("",)
            yield from ((f"{name}{end}", Union[_bounded(with_kind(hints[name])), None], None) for end in ends)

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
            "adds_many": self._add_many is not None,
            "change": _schema(self._title, "Change") if noun.terms else None,
            "removes": not noun.is_kept,
            "export": [sheet_format.value for sheet_format in SheetFormat],
            "actions": [
                {
                    "verb": action.verb,
                    "titles": {"zh": action.zh, "en": action.en},
                    "input": _schema(self._title, _action_name(action)),
                    "needs_reason": action.needs_reason,
                    "is_dangerous": action.is_dangerous,
                }
                for action in noun.actions
            ],
        }


def _bounded(hint: Any) -> Any:
    """A whole number as large as the database can be asked for, where the annotation says no bounds."""
    plain, metas = getattr(hint, "__origin__", hint), getattr(hint, "__metadata__", ())
    kinds = get_args(plain) or (plain,)
    if int not in kinds or any(meta.le is not None or meta.lt is not None for meta in metas):
        return hint
    number = Annotated[int, Meta(ge=-LARGEST_ID, le=LARGEST_ID)]
    return Annotated[Union[tuple(number if kind is int else kind for kind in kinds)], *metas]


class _ExportParameters(Struct):
    """`format`: csv or xlsx."""

    format: SheetFormat = SheetFormat.CSV


def _schema(title: str, name: str) -> str:
    return f"#/components/schemas/{title}{name}"


def _action_name(action: Action) -> str:
    return "".join(word.capitalize() for word in action.verb.split("-")) + "Action"


def _default(told: FieldInfo) -> Any:
    return field(default_factory=told.default_factory) if told.default_factory is not NODEFAULT else told.default


def _check_names(title: str, names: list[str]) -> None:
    """Raises TypeError where a noun's field has the name of a parameter that every noun has."""
    if len(set(names)) < len(names):
        raise TypeError(f"{title}: two parameters of one name in {', '.join(names)}")
