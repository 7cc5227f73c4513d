"""Routes: declared beside each endpoint; the router finds them by method and path."""
from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

import msgspec

from server.domain.errors import InvalidInput, MethodNotAllowed, NotFound
from server.web.access import Access
from server.web.call import Call
from server.web.dialect import Dialect
from server.web.inputs import Input, Texts

Function = TypeVar("Function", bound=Callable[..., Awaitable[Any]])

LARGEST_ID = 2**53 - 1  # what JavaScript's numbers hold exactly
PositiveId = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_ID)]


@dataclass(frozen=True)
class Route:
    """One endpoint. `parameters` are the names in its path; `body` and `query` read its input."""

    method: str
    path: str
    access: Access
    function: Callable[..., Awaitable[Any]]
    summary: str
    parameters: tuple[str, ...]
    body: Input[Any] | Texts | None
    query: Input[Any] | None
    returns: Any

    async def call(self, call: Call, request: Any, path_values: tuple[str, ...]) -> Any:
        """Reads the input and runs the endpoint. Raises what both raise."""
        arguments: dict[str, Any] = {}
        for name, text in zip(self.parameters, path_values):
            arguments[name] = _positive_id(name, text)
        if self.body is not None:
            arguments["body"] = self.body.read(request)
        if self.query is not None:
            arguments["query"] = self.query.read(request)
        return await self.function(call, **arguments)


def _body(kind: Any) -> Input[Any] | Texts:
    return Texts() if kind == Texts.kind else Input(kind, is_body=True)


def _positive_id(name: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,16}", text):
        raise InvalidInput({name: ["not_integer"]})
    number = int(text)
    if number < 1:
        raise InvalidInput({name: ["at_least:1"]})
    if number > LARGEST_ID:
        raise InvalidInput({name: [f"at_most:{LARGEST_ID}"]})
    return number


class Routes:
    """The endpoints of one chapter, in the order of the document."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def get(self, path: str, *, access: Access) -> Callable[[Function], Function]:
        return self._add("GET", path, access)

    def post(self, path: str, *, access: Access) -> Callable[[Function], Function]:
        return self._add("POST", path, access)

    def put(self, path: str, *, access: Access) -> Callable[[Function], Function]:
        return self._add("PUT", path, access)

    def delete(self, path: str, *, access: Access) -> Callable[[Function], Function]:
        return self._add("DELETE", path, access)

    def _add(self, method: str, path: str, access: Access) -> Callable[[Function], Function]:
        def declare(function: Function) -> Function:
            hints = typing.get_type_hints(function, include_extras=True)
            names = list(inspect.signature(function).parameters)
            parameters = tuple(re.findall(r"{(\w+)}", path))
            unknown = set(names[1:]) - {"body", "query", *parameters}
            if unknown or set(parameters) - set(names):
                raise TypeError(f"{method} {path}: the signature of {function.__name__} does not fit its path")
            self.routes.append(
                Route(
                    method=method,
                    path=path,
                    access=access,
                    function=function,
                    summary=inspect.cleandoc(function.__doc__ or ""),
                    parameters=parameters,
                    body=_body(hints["body"]) if "body" in hints else None,
                    query=Input(hints["query"], is_body=False) if "query" in hints else None,
                    returns=hints.get("return"),
                )
            )
            return function

        return declare


@dataclass(frozen=True)
class Chapter:
    """A heading of the document with its endpoints."""

    title: str
    routes: Routes


@dataclass(frozen=True)
class Document:
    """One API document: where it is mounted, how it speaks, what it offers."""

    name: str
    prefix: str
    dialect: Dialect
    chapters: tuple[Chapter, ...]

    def routes(self) -> list[tuple[str, Route]]:
        """Full path and route, in the document's order."""
        return [(self.prefix + route.path, route) for chapter in self.chapters for route in chapter.routes.routes]


@dataclass
class _Template:
    pattern: re.Pattern[str]
    methods: dict[str, Route] = field(default_factory=dict)


class Router:
    """Finds routes: literal paths by one dict look-up, then templates in the order they were declared."""

    def __init__(self, documents: tuple[Document, ...]):
        self._literal: dict[str, dict[str, Route]] = {}
        self._templates: dict[str, _Template] = {}
        self._dialects: dict[str, Dialect] = {}
        for document in documents:
            self._dialects[document.prefix] = document.dialect
            for path, route in document.routes():
                self._add(path, route)

    def _add(self, path: str, route: Route) -> None:
        if "{" in path:
            pattern = re.compile(re.sub(r"{\w+}", "([^/]+)", path))
            methods = self._templates.setdefault(path, _Template(pattern)).methods
        else:
            methods = self._literal.setdefault(path, {})
        if route.method in methods:
            raise TypeError(f"{route.method} {path} is declared twice")
        methods[route.method] = route

    def find(self, method: str, path: str) -> tuple[Route, tuple[str, ...]]:
        """The route and the values in its path. Raises NotFound and MethodNotAllowed."""
        methods, values = self._methods(path.rstrip("/") or "/")
        route = methods.get("GET" if method == "HEAD" else method)
        if route is None:
            raise MethodNotAllowed(_allowed(methods))
        return route, values

    def methods(self, path: str) -> tuple[str, ...]:
        """The methods of a path, for the Allow header. Raises NotFound."""
        return _allowed(self._methods(path.rstrip("/") or "/")[0])

    def dialect(self, path: str) -> Dialect:
        """How the document speaks that this path belongs to: the one with the longest prefix."""
        prefixes = [prefix for prefix in self._dialects if path.startswith(prefix)]
        return self._dialects[max(prefixes, key=len)]

    def _methods(self, path: str) -> tuple[dict[str, Route], tuple[str, ...]]:
        literal = self._literal.get(path)
        if literal is not None:
            return literal, ()
        for template in self._templates.values():
            found = template.pattern.fullmatch(path)
            if found:
                return template.methods, found.groups()
        raise NotFound("page")


def _allowed(methods: dict[str, Route]) -> tuple[str, ...]:
    also = {"OPTIONS", "HEAD"} if "GET" in methods else {"OPTIONS"}
    return tuple(sorted(methods.keys() | also))
