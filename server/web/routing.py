"""Routes: declared beside each endpoint; the router finds them by method and path."""
from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, TypeVar
from urllib.parse import unquote

import msgspec

from server.domain.errors import InvalidInput, MethodNotAllowed, NotFound
from server.domain.paces import Pace
from server.web.access import Access
from server.web.call import Call
from server.web.dialect import Dialect
from server.web.inputs import Input, SignedInput, Texts, UploadInput, names_given
from server.web.known import Version
from server.web.later import Later
from server.web.manners import STRICT, Manner
from server.web.texts import WHOLE_NUMBER

Function = TypeVar("Function", bound=Callable[..., Awaitable[Any]])

LARGEST_ID = 2**53 - 1  # what JavaScript's numbers hold exactly
PositiveId = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_ID)]
MAX_TEXT_CHARACTERS = 128  # of a text in a path

Body = Input[Any] | Texts | UploadInput | SignedInput


@dataclass(frozen=True)
class Route:
    """One endpoint. `parameters` are the names in its path, `texts` those that are no ids; `body` and `query` read its input.

    `told_by`: names of the input that tell it from another document's route with the same method and path. `returns` and
    `extensions` may be made later: only the description reads them.
    """

    method: str
    path: str
    access: Access
    function: Callable[..., Awaitable[Any]]
    summary: str
    parameters: tuple[str, ...]
    body: Body | None
    query: Input[Any] | None
    returns: Any
    texts: frozenset[str] = frozenset()
    status: int = 200  # of a success
    told_by: frozenset[str] = frozenset()
    max_body_bytes: int | None = None  # where the server's own limit does not fit
    kept_seconds: int = 0  # how long anybody may keep a success, which is the same for everybody; 0: not at all
    pace: Pace | None = None  # how often an address may ask; None: as often as it likes
    takes_key: bool = False  # an Idempotency-Key: the same one gives the first answer again
    raises: tuple[type[Exception], ...] | None = None  # beyond what all of its kind do, for the description; None: not declared
    name: str = ""  # in the description, where the function's is not its own
    media: tuple[str, ...] = ()  # content types of what it answers, where that is no value
    extensions: dict[str, Any] | Later[dict[str, Any]] = field(default_factory=dict)  # more that its description says
    manner: Manner = STRICT  # of those who ask
    dialect: Dialect | None = None  # where it is not quite the document's
    version: Version | None = None  # what a success is made of, the same for everybody at this address: it is kept and sent again

    async def call(self, call: Call, request: Any, path_values: tuple[str, ...]) -> Any:
        """Reads the input and runs the endpoint. Raises what both raise."""
        arguments: dict[str, Any] = {}
        for name, text in zip(self.parameters, path_values):
            arguments[name] = _text(name, text) if name in self.texts else _positive_id(name, text)
        if self.body is not None:
            arguments["body"] = self.body.read(request)
        if self.query is not None:
            arguments["query"] = self.query.read(request)
        return await self.function(call, **arguments)


def _body(kind: Any, manner: Manner) -> Body:
    if kind == UploadInput.kind:
        return UploadInput(is_optional=manner.takes_no_file)
    special = next((reader for reader in (Texts, SignedInput) if kind == reader.kind), None)
    return special() if special else manner.input(kind, is_body=True)


def _positive_id(name: str, text: str) -> int:
    if len(text) > len(str(LARGEST_ID)) or not WHOLE_NUMBER.fullmatch(text):
        raise InvalidInput({name: ["not_integer"]})
    number = int(text)
    if number < 1:
        raise InvalidInput({name: ["at_least:1"]})
    if number > LARGEST_ID:
        raise InvalidInput({name: [f"at_most:{LARGEST_ID}"]})
    return number


def _text(name: str, text: str) -> str:
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise InvalidInput({name: ["not_utf8"]}) from None
    if len(decoded) > MAX_TEXT_CHARACTERS:
        raise InvalidInput({name: [f"too_long:{MAX_TEXT_CHARACTERS}"]})
    return decoded


class Routes:
    """The endpoints of one chapter, in the order of the document. `about`: what of Route is not the usual.

    `manner` and `dialect` are those of all of them; without a dialect it is the document's.
    """

    def __init__(self, manner: Manner = STRICT, dialect: Dialect | None = None) -> None:
        self.routes: list[Route] = []
        self._manner = manner
        self._dialect = dialect

    def get(self, path: str, *, access: Access, **about: Any) -> Callable[[Function], Function]:
        return self._add("GET", path, access, about)

    def post(self, path: str, *, access: Access, **about: Any) -> Callable[[Function], Function]:
        return self._add("POST", path, access, about)

    def put(self, path: str, *, access: Access, **about: Any) -> Callable[[Function], Function]:
        return self._add("PUT", path, access, about)

    def patch(self, path: str, *, access: Access, **about: Any) -> Callable[[Function], Function]:
        return self._add("PATCH", path, access, about)

    def delete(self, path: str, *, access: Access, **about: Any) -> Callable[[Function], Function]:
        return self._add("DELETE", path, access, about)

    def _add(self, method: str, path: str, access: Access, about: dict[str, Any]) -> Callable[[Function], Function]:
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
                    body=_body(hints["body"], self._manner) if "body" in hints else None,
                    query=self._manner.input(hints["query"], is_body=False) if "query" in hints else None,
                    returns=hints.get("return"),
                    texts=frozenset(name for name in parameters if hints[name] is str),
                    manner=self._manner,
                    dialect=self._dialect,
                    **about,
                )
            )
            return function

        return declare


@dataclass(frozen=True)
class Chapter:
    """A heading of the document with its endpoints. `prefix`: where they are, if it is not the document's."""

    title: str
    routes: Routes
    prefix: str | None = None


@dataclass(frozen=True)
class Heading:
    """A title in a document's table of contents, and what stands under it: `METHOD path`, as the document writes them."""

    title: str
    operations: tuple[str, ...]


@dataclass(frozen=True)
class Document:
    """One API document: where it is mounted, how it speaks, what it offers. `about`: what its readers have to know beforehand.

    `contents`: its own headings, where its chapters here are others; `examples`: values of parameters by their names, or by path and name.

    A prefix may hold the name of a folder that the settings call otherwise, in braces. `folders`: other prefixes below which
    it answers for what nobody has.
    """

    name: str
    prefix: str
    dialect: Dialect
    chapters: tuple[Chapter, ...]
    about: str = ""
    folders: tuple[str, ...] = ()
    contents: tuple[Heading, ...] = ()
    examples: Mapping[str, Any] = field(default_factory=dict)

    def headings(self) -> list[tuple[str, list[tuple[str, Route]]]]:
        """Titles in the document's order, each with full paths and routes; what the contents do not have stands under its chapter."""
        chapters = [(one.title, [(self.path(one, route), route) for route in one.routes.routes]) for one in self.chapters]
        known: dict[str, list[tuple[str, Route]]] = {}
        for path, route in self.routes():
            known.setdefault(path, []).append((path, route))
        # Whatever methods a path has stand together.
        paths = [(one.title, [name.partition(" ")[2] for name in one.operations]) for one in self.contents]
        told = [(title, [pair for path in named for pair in known.pop(path, [])]) for title, named in paths]
        rest = [(title, [pair for pair in routes if pair[0] in known]) for title, routes in chapters]
        return [(title, routes) for title, routes in (*told, *rest) if routes]

    def routes(self) -> list[tuple[str, Route]]:
        """Full path and route, in the document's order."""
        return [(self.path(chapter, route), route) for chapter in self.chapters for route in chapter.routes.routes]

    def path(self, chapter: Chapter, route: Route) -> str:
        """With its prefix."""
        return (self.prefix if chapter.prefix is None else chapter.prefix) + route.path


@dataclass(frozen=True)
class Mounted:
    """A route and how its document speaks. `others`: routes of other documents at the same place, told by their input."""

    route: Route
    dialect: Dialect
    path: str  # of the route, with the document's prefix
    others: tuple[Mounted, ...] = ()

    def choose(self, request: Any) -> Mounted:
        """The one that the request's input means; this one unless another is told by it."""
        names = names_given(request)
        return next((other for other in self.others if other.route.told_by & names), self)


@dataclass
class _Template:
    pattern: re.Pattern[str]
    methods: dict[str, Mounted] = field(default_factory=dict)


class Router:
    """Finds routes: literal paths by one dict look-up, then templates in the order they were declared.

    `folders`: what those are called that prefixes only name.
    """

    def __init__(self, documents: tuple[Document, ...], folders: Mapping[str, tuple[str, ...]] | None = None):
        self._literal: dict[str, dict[str, Mounted]] = {}
        self._templates: dict[str, _Template] = {}
        self._dialects: dict[str, Dialect] = {}
        for document in documents:
            for prefix in (document.prefix, *document.folders):
                for place in called(prefix, folders or {}):
                    self._dialects.setdefault(place, document.dialect)
            for path, route in document.routes():
                for place in called(path, folders or {}):
                    self._add(place, Mounted(route, route.dialect or document.dialect, path))

    def _add(self, path: str, mounted: Mounted) -> None:
        if "{" in path:
            pattern = re.compile(re.sub(r"{\w+}", "([^/]+)", path))
            methods = self._templates.setdefault(path, _Template(pattern)).methods
        else:
            methods = self._literal.setdefault(path, {})
        method = mounted.route.method
        first = methods.get(method)
        if first is None:
            methods[method] = mounted
        elif mounted.route.told_by:
            methods[method] = replace(first, others=(*first.others, mounted))
        else:
            raise TypeError(f"{method} {path} is declared twice")

    def find(self, method: str, path: str) -> tuple[Mounted, tuple[str, ...]]:
        """The route and the values in its path. Raises NotFound and MethodNotAllowed."""
        methods, values = self._methods(path.rstrip("/") or "/")
        mounted = methods.get("GET" if method == "HEAD" else method)
        if mounted is None:
            raise MethodNotAllowed(_allowed(methods))
        return mounted, values

    def is_known(self, path: str) -> bool:
        """Whether it is a route's, or in the folder of a document."""
        if any(prefix and _is_within(path, prefix) for prefix in self._dialects):
            return True
        try:
            return bool(self._methods(path.rstrip("/") or "/"))
        except NotFound:
            return False

    def methods(self, path: str) -> tuple[str, ...]:
        """The methods of a path, for the Allow header. Raises NotFound."""
        return _allowed(self._methods(path.rstrip("/") or "/")[0])

    def dialect(self, path: str) -> Dialect:
        """How to speak of a path: as the first document that has it, else as the first one with the longest prefix."""
        try:
            methods, _ = self._methods(path.rstrip("/") or "/")
        except NotFound:
            prefixes = [prefix for prefix in self._dialects if _is_within(path, prefix)]
            return self._dialects[max(prefixes, key=len)]
        return next(iter(methods.values())).dialect

    def _methods(self, path: str) -> tuple[dict[str, Mounted], tuple[str, ...]]:
        literal = self._literal.get(path)
        if literal is not None:
            return literal, ()
        for template in self._templates.values():
            found = template.pattern.fullmatch(path)
            if found:
                return template.methods, found.groups()
        raise NotFound("page")


def _is_within(path: str, prefix: str) -> bool:
    return not prefix or path == prefix or path.startswith(prefix + "/")


def called(path: str, folders: Mapping[str, tuple[str, ...]]) -> list[str]:
    """A path with its folders by their names; once for each of the names that one has."""
    for name, called in folders.items():
        if f"{{{name}}}" in path:
            return [path.replace(f"{{{name}}}", one) for one in called]
    return [path]


def _allowed(methods: dict[str, Mounted]) -> tuple[str, ...]:
    also = {"OPTIONS", "HEAD"} if "GET" in methods else {"OPTIONS"}
    return tuple(sorted(methods.keys() | also))
