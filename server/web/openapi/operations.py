"""One operation: what a route takes, what it answers, how it fails."""
from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from server.domain.accounts.users import Role, UserBanned, is_any_of
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
from server.domain.operators.access import SecondFactorNeeded, SecondFactorNotSet
from server.domain.operators.factors import MAX_CODE_CHARACTERS, SecondFactorWrong
from server.domain.operators.logins import FRESH
from server.web.dialect import Failure
from server.web.endpoint import MAX_KEY_CHARACTERS
from server.web.inputs import Input, Texts, UploadInput
from server.web.later import now
from server.web.openapi.responses import Schema, add_response, camel, make_response
from server.web.openapi.shapes import SCHEMAS, Shapes
from server.web.replies import Download, Raw, Redirect
from server.web.routing import LARGEST_ID, MAX_TEXT_CHARACTERS, Document, Route

INPUT_FORMS = ("application/json", "application/x-www-form-urlencoded")
FREE_TEXTS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
FRESH_MINUTES = FRESH // timedelta(minutes=1)
UNDECLARED = (NotFound, Conflict, TooMany)  # kinds of what a route that changes something may raise, if it does not say
RETRY_AFTER = {"Retry-After": {"schema": {"type": "integer"}, "description": "秒 seconds"}}
FAILURE_HEADERS: dict[int, Schema] = {401: {"WWW-Authenticate": {"schema": {"type": "string"}}}, 429: RETRY_AFTER, 503: RETRY_AFTER}


class Operation:
    """One route of one document, at that path."""

    def __init__(self, document: Document, tag: str, route: Route, shapes: Shapes, path: str):
        self._document = document
        self._dialect = route.dialect or document.dialect
        self._tag = tag
        self._route = route
        self._returned = now(route.returns)
        self._shapes = shapes
        self._path = path

    def describe(self) -> Schema:
        route = self._route
        summary, _, more = route.summary.partition("\n")
        operation: Schema = {
            "operationId": f"{self._document.name}-{route.method.lower()}-{route.name or route.function.__name__}",
            "tags": [self._tag],
            "summary": summary,
            "description": more.strip(),
            "x-document": self._document.name,
            "x-access": route.access.name,
            "x-roles": [role.value for role in Role if route.access.roles and is_any_of((role,), route.access.roles)],
            "parameters": [*self._path_parameters(), *self._query_parameters(), *self._headers()],
            "requestBody": self._body(),
            "x-example": self._example(),
            "responses": self._responses(),
            "security": [{route.manner.scheme: []}] if route.access.needs_token else [{}, {route.manner.scheme: []}],
        }
        extensions: dict[str, Any] = now(route.extensions)
        return {name: part for name, part in (operation | extensions).items() if part}

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
        if self._route.access.is_dangerous:
            code = {"type": "string", "minLength": 1, "maxLength": MAX_CODE_CHARACTERS}
            about = f"动态验证码或恢复码；{FRESH_MINUTES} 分钟内给过则不必。\n\nNot needed within {FRESH_MINUTES} minutes after the last one."
            yield {"name": "X-Second-Factor", "in": "header", "required": False, "description": about, "schema": code}

    def _body(self) -> Schema | None:
        body = self._route.body
        if isinstance(body, UploadInput):
            return {"required": True, "content": {"application/octet-stream": {}, "multipart/form-data": {}}}
        if isinstance(body, Input):
            about = "JSON、表单或查询参数均可。\n\nAs JSON, as a form or as the query string."
            schema = self._shapes.schema(body.kind)
            return {"description": about, "content": {form: {"schema": schema} for form in INPUT_FORMS}}
        return None

    def _example(self) -> Schema:
        """Parameters that it can be asked with, where the document has such: those that it cannot do without, and those told for it."""
        examples, given = self._document.examples, self._route.body or self._route.query
        if not examples or not isinstance(given, Input):
            return {}
        found = {}
        for name, schema, is_required in self._shapes.fields(given.kind):
            value = examples.get(f"{self._path} {name}")
            found[name] = examples.get(name, _some_value(schema)) if value is None and is_required else value
        return {name: value for name, value in found.items() if value is not None}

    def _responses(self) -> Schema:
        route = self._route
        if self._returned in (Raw, Redirect):
            return {"default": {"description": "No envelope"}}
        responses = {str(route.status): self._success()}
        for status, rows in sorted(self._failures().items()):
            failure = make_response("; ".join(row.en for row in rows), self._failure_schema(rows))
            failure["x-errors"] = [{"error": row.error, "zh": row.zh, "en": row.en} for row in rows]
            failure |= {"headers": FAILURE_HEADERS[status]} if status in FAILURE_HEADERS else {}
            add_response(responses, str(status), failure)
        return responses

    def _success(self) -> Schema:
        if self._returned is Download:
            return {"description": "OK", "content": {media: {} for media in self._route.media}}
        return make_response("OK", self._dialect.success_schema(self._shapes.schema(self._returned)))

    def _failure_schema(self, rows: list[Failure]) -> Schema:
        whole = {"$ref": f"{SCHEMAS}{camel(self._document.name)}Failure"}
        if "error" not in self._dialect.failure_schema().get("properties", {}):
            return whole
        return {"allOf": [whole, {"properties": {"error": {"enum": [row.error for row in rows]}}}]}

    def _failures(self) -> dict[int, list[Failure]]:
        """The rows of the table of errors that this route can show, by status."""
        table = self._dialect.failures()
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
        if route.access.roles:
            yield NotAllowed
            if not route.access.is_first_step:
                yield SecondFactorNeeded
        if route.access.is_dangerous:
            yield from (SecondFactorNeeded, SecondFactorWrong)
            if not route.access.is_first_step:
                yield SecondFactorNotSet
        if route.parameters:
            yield NotFound
        if route.parameters or route.body or route.query:
            yield InvalidInput
        if route.raises is not None:
            yield from route.raises
        elif route.method != "GET":
            yield from (kind for kind in self._dialect.failures() if issubclass(kind, UNDECLARED))
        if route.pace is not None:
            yield TooMany
        yield Unavailable


def _rows(table: dict[type[Exception], Failure], kind: type[Exception]) -> list[Failure]:
    """The rows of that error: its own, else those of its kinds, else the nearest above it."""
    if kind in table:
        return [table[kind]]
    kinds = [row for known, row in table.items() if issubclass(known, kind)]
    return kinds or [next(table[above] for above in kind.__mro__ if above in table)]


def _without_null(schema: Schema) -> Schema:
    """A parameter of a query is left out, not null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    return {**{name: part for name, part in schema.items() if name not in ("anyOf", "default")}, **kinds[0]}


def _some_value(schema: Schema) -> object:
    """One of a field that nobody has told an example of."""
    if "enum" in schema:
        return schema["enum"][0]
    least = schema.get("minimum", 1)
    return {"integer": least, "number": least, "boolean": True, "string": "text"}.get(str(schema.get("type")))
