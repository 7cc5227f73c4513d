"""Decodes and checks bodies and queries; a failure names every field that is wrong.

All documents take parameters as JSON body, form body or query string. The first decode is fast and stops at the first
problem; only then are the fields tried one by one.
"""
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl

import msgspec
from msgspec.structs import FieldInfo, fields
from tornado.httputil import HTTPServerRequest

from server.domain.errors import InvalidInput
from server.web.later import Later, now
from server.web.repeated import find_repeated
from server.web.texts import value_reader

S = TypeVar("S", bound=msgspec.Struct)

MAX_FIELDS = 200  # of a form or a query; more is no form of ours


class Input(Generic[S]):
    """Reads one struct from a request. `is_body`: a JSON or form body counts, before the query string."""

    def __init__(self, kind: type[S] | Later[type[S]], *, is_body: bool):
        self._kind = kind
        self._is_body = is_body

    # Made when they are first needed: for all endpoints together they would take half of the time in which a process starts.

    @cached_property
    def kind(self) -> type[S]:
        return now(self._kind)

    @cached_property
    def _decode(self) -> Callable[[bytes], S]:
        return msgspec.json.Decoder(self.kind).decode

    @cached_property
    def _fields(self) -> tuple[FieldInfo, ...]:
        return fields(self.kind)

    @cached_property
    def _names(self) -> set[str]:
        return {field.encode_name for field in self._fields}

    @cached_property
    def _values(self) -> dict[str, Callable[[str], Any]]:
        return {field.encode_name: value_reader(field.type) for field in self._fields}

    def read(self, request: HTTPServerRequest) -> S:
        """Raises InvalidInput."""
        if not self._is_body or not request.body:
            return self.from_texts(self._query(request))
        # A client that forgets the type, as curl does, sends JSON as a form.
        if _is_form(request) and not request.body.lstrip().startswith(b"{"):
            return self.from_texts(self._query(request) | self._form(request))
        if request.query:
            return self._from_json_and_query(request)
        try:
            made = self._decode(request.body)
            self._refuse(find_repeated(request.body.decode()))
            return made
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._from_json_and_query(request)

    def from_texts(self, texts: dict[str, str]) -> S:
        """Of parameters that are texts, as in a form; an empty one means: not given. Raises InvalidInput."""
        return self._convert(self._read_values(texts))

    def _read_values(self, texts: dict[str, str]) -> dict[str, Any]:
        return {name: self._values[name](text) for name, text in texts.items() if text != "" and name in self._names}

    def _from_json_and_query(self, request: HTTPServerRequest) -> S:
        try:
            body = msgspec.json.decode(request.body)
            repeated = find_repeated(request.body.decode())
        except UnicodeDecodeError:
            raise InvalidInput({"body": ["not_utf8"]}) from None
        except (msgspec.DecodeError, RecursionError) as error:
            is_utf8 = _is_utf8(request.body)
            raise InvalidInput({"body": ["not_json" if is_utf8 else "not_utf8"]}) from error
        if not isinstance(body, dict):
            raise InvalidInput({"body": ["not_object"]})
        self._refuse(repeated)
        return self._convert(self._read_values(self._query(request)) | body)

    def of(self, given: dict[str, Any]) -> S:
        """Of values as JSON has them, with moments. Raises InvalidInput."""
        return self._convert(given)

    def _convert(self, given: dict[str, Any]) -> S:
        try:
            return msgspec.convert(given, self.kind)
        except (msgspec.ValidationError, OverflowError):
            raise InvalidInput(self._find_problems(given) or {"body": ["wrong_form"]}) from None

    def _find_problems(self, given: dict[str, Any]) -> dict[str, list[str]]:
        problems: dict[str, list[str]] = {}
        for field in self._fields:
            name = field.encode_name
            if name not in given:
                if field.required:
                    problems[name] = ["required"]
                continue
            try:
                msgspec.convert(given[name], field.type)
            except (msgspec.ValidationError, OverflowError) as error:
                problems[name] = [_problem(str(error), field)]
        return problems

    def _query(self, request: HTTPServerRequest) -> dict[str, str]:
        pairs = _query_pairs(request)
        self._refuse_repeated([name for name, _ in pairs])
        return dict(pairs)

    def _form(self, request: HTTPServerRequest) -> dict[str, str]:
        pairs = _form_pairs(request)
        self._refuse_repeated([name for name, _ in pairs])
        return dict(pairs)

    def _refuse_repeated(self, names: list[str]) -> None:
        if len(set(names)) < len(names):
            self._refuse({name for name, count in Counter(names).items() if count > 1})

    def _refuse(self, repeated: set[str]) -> None:
        if repeated & self._names:
            raise InvalidInput({name: ["given_twice"] for name in sorted(repeated & self._names)})


class Texts:
    """Reads all parameters as texts, for what finds out by them who reads them. Of one given twice the last counts, as in PHP."""

    kind = dict[str, str]

    def read(self, request: HTTPServerRequest) -> dict[str, str]:
        """Raises InvalidInput."""
        return dict(_query_pairs(request) + _form_pairs(request))


def _query_pairs(request: HTTPServerRequest) -> list[tuple[str, str]]:
    if not request.query:
        return []
    try:
        return parse_qsl(request.query, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except UnicodeDecodeError:
        raise InvalidInput({"query": ["not_utf8"]}) from None
    except ValueError:
        raise InvalidInput({"query": ["wrong_form"]}) from None


def _form_pairs(request: HTTPServerRequest) -> list[tuple[str, str]]:
    try:
        return [(name, value.decode()) for name, values in request.body_arguments.items() for value in values]
    except UnicodeDecodeError:
        raise InvalidInput({"body": ["not_utf8"]}) from None


@dataclass(frozen=True)
class Upload:
    """A file that was sent: as the one file of a form, or as the whole body, which has no name."""

    content: bytes
    name: str = ""


class UploadInput:
    """Reads an upload from a request. `is_optional`: a form without a file is an upload without content."""

    kind = Upload

    def __init__(self, *, is_optional: bool = False):
        self._is_optional = is_optional

    def read(self, request: HTTPServerRequest) -> Upload:
        """Raises InvalidInput."""
        files = [file for found in request.files.values() for file in found]
        if len(files) == 1:
            return Upload(files[0].body, files[0].filename)
        if self._is_optional and not files and _is_form(request):
            return Upload(b"")
        if files or _is_form(request):
            raise InvalidInput({"file": ["given_twice" if files else "required"]})
        return Upload(request.body)


@dataclass(frozen=True)
class Signed:
    """A body as it came, to the byte, with the headers in which its signature is."""

    headers: Mapping[str, str]
    content: bytes


class SignedInput:
    """Reads what somebody signed."""

    kind = Signed

    def read(self, request: HTTPServerRequest) -> Signed:
        return Signed(request.headers, request.body)


def names_given(request: HTTPServerRequest) -> set[str]:
    """The names of what was sent, in any of the three forms; of what cannot be read, none."""
    names = set(request.query_arguments) | set(request.body_arguments)
    # As in Input: a client may send JSON as a form.
    if request.body.lstrip().startswith(b"{"):
        try:
            names |= msgspec.json.decode(request.body).keys()
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return names
    return names


def _is_form(request: HTTPServerRequest) -> bool:
    content_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return content_type in ("application/x-www-form-urlencoded", "multipart/form-data")


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
        return True
    except UnicodeDecodeError:
        return False


# msgspec's messages → problems of PROBLEM_TEXTS
_KINDS = {
    "int": "not_integer",
    "float": "not_number",
    "str": "not_text",
    "bool": "not_boolean",
    "array": "not_list",
    "object": "not_object",
}
_BOUNDS = (
    (re.compile(r"Expected `\w+` >= (\S+?)(?: - at|$)"), "at_least:{0}"),
    (re.compile(r"Expected `\w+` <= (\S+?)(?: - at|$)"), "at_most:{0}"),
    (re.compile(r"Expected `str` of length >= (\d+)"), "too_short:{0}"),
    (re.compile(r"Expected `str` of length <= (\d+)"), "too_long:{0}"),
)


def _problem(message: str, field: FieldInfo) -> str:
    for pattern, problem in _BOUNDS:
        found = pattern.match(message)
        if found:
            return problem.format(found[1])
    if message.startswith("Invalid enum value"):
        return "not_a_choice"
    wanted = re.match(r"Expected `(\w+)(?: \| null)?`, got", message)
    if wanted and wanted[1] in _KINDS:
        return _KINDS[wanted[1]]
    if message.startswith("Integer value out of range"):
        return "not_integer"
    return "wrong_form"
