"""Describes documents as OpenAPI 3.1, from their declared routes alone."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any

import msgspec

from server.domain.accounts.users import UserBanned
from server.domain.errors import (
    Conflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    TokenExpired,
    TokenInvalid,
    TokenMissing,
    TooMany,
    Unavailable,
)
from server.web.dialect import Failure
from server.web.endpoint import MAX_KEY_CHARACTERS
from server.web.inputs import Input, Texts, UploadInput
from server.web.replies import Raw, Redirect
from server.web.routing import LARGEST_ID, MAX_TEXT_CHARACTERS, Document, Route

Schema = dict[str, Any]
Examples = Mapping[str, Sequence[Any]]

SCHEMAS = "#/components/schemas/"
RESPONSES = "#/components/responses/"
BEARER = "bearer"
INPUT_FORMS = ("application/json", "application/x-www-form-urlencoded")
FREE_TEXTS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
UNDECLARED = (NotFound, Conflict, TooMany)  # kinds of what a route that changes something may raise, if it does not say
RETRY_AFTER = {"Retry-After": {"schema": {"type": "integer"}, "description": "秒 seconds"}}
FAILURE_HEADERS: dict[int, Schema] = {401: {"WWW-Authenticate": {"schema": {"type": "string"}}}, 429: RETRY_AFTER, 503: RETRY_AFTER}
TYPES: dict[str, Any] = {"integer": int, "number": (int, float), "string": str, "boolean": bool}


def describe(documents: Sequence[Document], *, info: Schema, examples: Examples) -> Schema:
    """The description of all documents. `examples`: values for fields of that name; each field takes the first that fits."""
    shapes = _Shapes(documents, examples)
    tags = _name_tags(documents)
    paths: dict[str, Schema] = {}
    for document in documents:
        for chapter in document.chapters:
            for route in chapter.routes.routes:
                operation = _Operation(document, tags[document.name, chapter.title], route, shapes).describe()
                methods = paths.setdefault(document.prefix + route.path, {})
                method = route.method.lower()
                methods[method] = _merge(methods[method], operation) if method in methods else operation
    failures = {_camel(document.name) + "Failure": document.dialect.failure_schema() for document in documents}
    return {
        "openapi": "3.1.0",
        "info": info,
        "servers": [{"url": "/"}],
        "tags": [{"name": tag, "x-document": document} for (document, _), tag in tags.items()],
        "paths": paths,
        "components": {
            "schemas": {**shapes.components, **failures},
            "responses": _share_failures(paths),
            "securitySchemes": {BEARER: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


class _Shapes:
    """The schemas of every type that routes read or return."""

    def __init__(self, documents: Sequence[Document], examples: Examples):
        kinds: list[Any] = []
        for document in documents:
            for _, route in document.routes():
                kinds += [given.kind for given in (route.body, route.query) if isinstance(given, Input)]
                kinds += [] if route.returns in (Raw, Redirect) else [route.returns]
        schemas, self.components = msgspec.json.schema_components(kinds, ref_template=SCHEMAS + "{name}")
        self._schemas = list(zip(kinds, schemas))
        self._examples = examples
        for component in self.components.values():
            for name, schema in component.get("properties", {}).items():
                schema |= self.example(name, schema)

    def schema(self, kind: Any) -> Schema:
        return next(schema for known, schema in self._schemas if known == kind)

    def example(self, name: str, schema: Schema) -> Schema:
        """A part of the schema of a field of that name, if there is a value that fits."""
        fitting = [value for value in self._examples.get(name, ()) if _fits(value, schema)]
        return {"examples": fitting[:1]} if fitting else {}

    def fields(self, kind: Any) -> list[tuple[str, Schema, bool]]:
        """Name, schema and whether it is required, of each field of a struct."""
        component = self.components[self.schema(kind)["$ref"].removeprefix(SCHEMAS)]
        return [(name, schema, name in component["required"]) for name, schema in component["properties"].items()]


class _Operation:
    """One route of one document."""

    def __init__(self, document: Document, tag: str, route: Route, shapes: _Shapes):
        self._document = document
        self._tag = tag
        self._route = route
        self._shapes = shapes

    def describe(self) -> Schema:
        route = self._route
        summary, _, more = route.summary.partition("\n")
        operation: Schema = {
            "operationId": f"{self._document.name}-{route.method.lower()}-{route.function.__name__}",
            "tags": [self._tag],
            "summary": summary,
            "description": more.strip(),
            "x-document": self._document.name,
            "x-access": route.access.name,
            "parameters": [*self._path_parameters(), *self._query_parameters(), *self._headers()],
            "requestBody": self._body(),
            "responses": self._responses(),
            "security": [{BEARER: []}] if route.access.needs_token else [{}, {BEARER: []}],
        }
        return {name: part for name, part in operation.items() if part}

    def _path_parameters(self) -> Iterable[Schema]:
        number = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
        text = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT_CHARACTERS}
        for name in self._route.parameters:
            schema = text if name in self._route.texts else number
            yield {"name": name, "in": "path", "required": True, "schema": schema | self._shapes.example(name, schema)}

    def _query_parameters(self) -> Iterable[Schema]:
        if self._route.query is not None:
            for name, schema, is_required in self._shapes.fields(self._route.query.kind):
                yield {"name": name, "in": "query", "required": is_required, "schema": _without_null(schema)}
        if isinstance(self._route.body, Texts):
            yield {"name": "parameters", "in": "query", "style": "form", "explode": True, "schema": FREE_TEXTS}

    def _headers(self) -> Iterable[Schema]:
        if self._route.takes_key:
            key = {"type": "string", "minLength": 1, "maxLength": MAX_KEY_CHARACTERS}
            about = "同一编号的请求得到第一次的结果。\n\nThe same key gives the first answer again."
            yield {"name": "Idempotency-Key", "in": "header", "required": False, "description": about, "schema": key}

    def _body(self) -> Schema | None:
        body = self._route.body
        if isinstance(body, UploadInput):
            return {"required": True, "content": {"application/octet-stream": {}, "multipart/form-data": {}}}
        if isinstance(body, Input):
            about = "JSON、表单或查询参数均可。\n\nAs JSON, as a form or as the query string."
            schema = self._shapes.schema(body.kind)
            return {"description": about, "content": {form: {"schema": schema} for form in INPUT_FORMS}}
        return None

    def _responses(self) -> Schema:
        route = self._route
        if route.returns in (Raw, Redirect):
            return {"default": {"description": "No envelope"}}
        success = self._document.dialect.success_schema(self._shapes.schema(route.returns))
        responses = {str(route.status): _response("OK", success)}
        for status, rows in sorted(self._failures().items()):
            failure = _response("; ".join(row.en for row in rows), self._failure_schema(rows))
            failure["x-errors"] = [{"error": row.error, "zh": row.zh, "en": row.en} for row in rows]
            failure |= {"headers": FAILURE_HEADERS[status]} if status in FAILURE_HEADERS else {}
            _add_response(responses, str(status), failure)
        return responses

    def _failure_schema(self, rows: list[Failure]) -> Schema:
        whole = {"$ref": f"{SCHEMAS}{_camel(self._document.name)}Failure"}
        if "error" not in self._document.dialect.failure_schema().get("properties", {}):
            return whole
        return {"allOf": [whole, {"properties": {"error": {"enum": [row.error for row in rows]}}}]}

    def _failures(self) -> dict[int, list[Failure]]:
        """The rows of the table of errors that this route can show, by status."""
        table = self._document.dialect.failures()
        by_status: dict[int, list[Failure]] = {}
        for kind in self._raised():
            for row in _rows(table, kind):
                rows = by_status.setdefault(row.status, [])
                if row not in rows:
                    rows.append(row)
        return by_status

    def _raised(self) -> Iterable[type[Exception]]:
        route = self._route
        if route.access.needs_token:
            yield from (TokenMissing, TokenExpired, TokenInvalid, UserBanned)
        if route.access.allows is not None:
            yield NotAllowed
        if route.parameters:
            yield NotFound
        if route.parameters or route.body or route.query:
            yield InvalidInput
        if route.raises is not None:
            yield from route.raises
        elif route.method != "GET":
            yield from (kind for kind in self._document.dialect.failures() if issubclass(kind, UNDECLARED))
        yield Unavailable


def _name_tags(documents: Sequence[Document]) -> dict[tuple[str, str], str]:
    """Document and chapter → tag: the chapter's title, where two documents have it with the document's name."""
    titles = [(document.name, chapter.title) for document in documents for chapter in document.chapters]
    counts = Counter(title for _, title in titles)
    return {(name, title): title if counts[title] == 1 else f"{title} ({name})" for name, title in titles}


def _rows(table: dict[type[Exception], Failure], kind: type[Exception]) -> list[Failure]:
    """The rows of that error: its own, else those of its kinds, else the nearest above it."""
    if kind in table:
        return [table[kind]]
    kinds = [row for known, row in table.items() if issubclass(known, kind)]
    return kinds or [next(table[above] for above in kind.__mro__ if above in table)]


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))


def _response(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _add_response(responses: Schema, status: str, response: Schema) -> None:
    """Beside the one that is there already, in documents that say 200 to everything and where two share a path."""
    known = responses.get(status)
    if known is None:
        responses[status] = response
        return
    schemas = [one["content"]["application/json"]["schema"] for one in (known, response)]
    alternatives = [part for schema in schemas for part in schema.get("anyOf", [schema])]
    distinct = [part for index, part in enumerate(alternatives) if part not in alternatives[:index]]
    merged = _response("; ".join(dict.fromkeys((known["description"], response["description"]))), {"anyOf": distinct})
    errors = [*known.get("x-errors", []), *response.get("x-errors", [])]
    responses[status] = {**known, **response, **merged, **({"x-errors": errors} if errors else {})}


def _merge(first: Schema, second: Schema) -> Schema:
    """One operation for two documents' routes at the same place, which their input tells apart."""
    responses = dict(first["responses"])
    for status, response in second["responses"].items():
        _add_response(responses, status, response)
    merged = {**first, "summary": f"{first['summary']} / {second['summary']}", "tags": [*first["tags"], *second["tags"]]}
    bodies = [operation["requestBody"] for operation in (first, second) if "requestBody" in operation]
    if bodies:
        schemas = [body["content"][INPUT_FORMS[0]]["schema"] for body in bodies]
        merged["requestBody"] = {**bodies[0], "content": {form: {"schema": {"anyOf": schemas}} for form in INPUT_FORMS}}
    return {**merged, "responses": responses}


def _share_failures(paths: dict[str, Schema]) -> Schema:
    """Puts references in place of responses that tell errors; gives what they refer to. Most operations of a document fail alike."""
    names: dict[bytes, str] = {}
    shared: Schema = {}
    for operation in (operation for methods in paths.values() for operation in methods.values()):
        for status, failure in operation["responses"].items():
            if "x-errors" not in failure:
                continue
            kind = msgspec.json.encode(failure)
            if kind not in names:
                document = _camel(operation["x-document"])
                names[kind] = next(name for number in count(1) if (name := f"{document}{status}-{number}") not in shared)
                shared[names[kind]] = failure
            operation["responses"][status] = {"$ref": RESPONSES + names[kind]}
    return shared


def _without_null(schema: Schema) -> Schema:
    """A parameter of a query is left out, not null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    return {**{name: part for name, part in schema.items() if name not in ("anyOf", "default")}, **kinds[0]}


def _fits(value: Any, schema: Schema) -> bool:
    kinds = schema.get("anyOf", [schema])
    return any(
        isinstance(value, TYPES.get(kind.get("type"), ())) and kind.get("minimum", value) <= value <= kind.get("maximum", value)
        for kind in kinds
    )
