"""Input of clients that send everything as text and clear nothing up before: parameters that they had no value for, twice, or unknown."""
from __future__ import annotations

import contextlib
from collections.abc import Iterable
from functools import cached_property
from typing import Any, TypeVar

import msgspec
from msgspec import inspect
from tornado.httputil import HTTPServerRequest

from server.domain.errors import InvalidInput
from server.web.inputs import Input
from server.web.texts import alternatives

S = TypeVar("S", bound=msgspec.Struct)

# What JavaScript makes of a value that there is none of.
NOT_GIVEN = frozenset({"", "undefined", "null"})


class LooseInput(Input[S]):
    """Reads one struct from whatever of query, form and JSON body there is, the later before the earlier.

    Of a parameter given twice the last counts. Empty texts, `undefined` and `null` are none. An object of JSON where a text is
    wanted is its text.
    """

    @cached_property
    def _texts(self) -> set[str]:
        return {field.encode_name for field in self._fields if _is_text(field.type)}

    def read(self, request: HTTPServerRequest) -> S:
        """Raises InvalidInput."""
        given: dict[str, Any] = {}
        broken: dict[str, list[str]] = {}
        for name, value in _parameters(request):
            if name not in self._names:
                continue
            if isinstance(value, bytes):
                try:
                    value = value.decode()
                except UnicodeDecodeError:
                    broken[name] = ["not_utf8"]
                    continue
            given[name] = value
        if broken:
            raise InvalidInput(broken)
        return self._convert({name: self._read_value(name, value) for name, value in given.items() if not _is_none(value)})

    def _read_value(self, name: str, value: Any) -> Any:
        if isinstance(value, str):
            return self._values[name](value)
        return msgspec.json.encode(value).decode() if name in self._texts else value


def find_parameter(request: HTTPServerRequest, name: str) -> str | None:
    """A text of that name, wherever it stands and can be read; None if it is not given."""
    found: Any = None
    with contextlib.suppress(InvalidInput):
        for known, value in _parameters(request):
            found = value if known == name else found
    text = found.decode("utf-8", "replace") if isinstance(found, bytes) else found
    return text if isinstance(text, str) and not _is_none(text) else None


def _parameters(request: HTTPServerRequest) -> Iterable[tuple[str, Any]]:
    """Query, form and JSON, one after the other; values of the first two as bytes. Raises InvalidInput."""
    for arguments in (request.query_arguments, request.body_arguments):
        for name, values in arguments.items():
            yield name, values[-1]
    if request.body.lstrip()[:1] == b"{" or _is_json(request):
        yield from _decode_object(request.body).items()


def _decode_object(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidInput({"body": ["not_json"]}) from None
    if not isinstance(found, dict):
        raise InvalidInput({"body": ["not_object"]})
    return found


def _is_json(request: HTTPServerRequest) -> bool:
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower() == "application/json"


def _is_none(value: Any) -> bool:
    return value is None or isinstance(value, str) and value in NOT_GIVEN


def _is_text(kind: Any) -> bool:
    return any(isinstance(one, inspect.StrType) for one in alternatives(inspect.type_info(kind)))
