"""The mall document's envelope `{code, msg, data}`. HTTP says 200 to everything, failures too; without a result there is no `data`."""
from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from handlers.mall.failures import DATA, ERRORS
from handlers.mall.failures.general import MISSING
from server.domain.errors import InvalidInput, MethodNotAllowed, NotFound
from server.web.dialect import Failure, Reply, find_failure, problem_texts

_encode = msgspec.json.encode

UNKNOWN_ADDRESS = Failure(200, "404", "接口不存在", "There is nothing at this address")


class MallDialect:
    """A success has code 0. Of a failure `Failure.error` is the code, by the table; `also` are rows that stand in place of the usual."""

    def __init__(self, also: Mapping[type[Exception], Failure] = MappingProxyType({})):
        self._table = {**ERRORS, **also}

    def success(self, value: Any) -> bytes:
        if value is None:
            return b'{"code":0,"msg":"success"}'
        return b'{"code":0,"msg":"success","data":%s}' % _encode(value)

    def failure(self, error: Exception, language: str) -> Reply:
        row = self._row(error)
        text = row.text(error, language)
        if isinstance(error, InvalidInput):
            text += ("：" if language == "zh" else ": ") + _explain(error, language)
        body: dict[str, Any] = {"code": int(row.error), "msg": text}
        told = next((tell(error) for kind, tell in DATA.items() if isinstance(error, kind)), None)
        if told is not None:
            body["data"] = told
        return Reply(200, _encode(body), _headers(error))

    def failures(self) -> dict[type[Exception], Failure]:
        return self._table

    def success_schema(self, data: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {"code": {"const": 0}, "msg": {"const": "success"}, "data": data},
            "required": ["code", "msg"],
            "additionalProperties": False,
        }

    def failure_schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {"code": {"type": "integer", "not": {"const": 0}}, "msg": {"type": "string", "minLength": 1}, "data": {}},
            "required": ["code", "msg"],
            "additionalProperties": False,
        }

    def _row(self, error: Exception) -> Failure:
        if type(error) is NotFound and error.what == "page":
            return UNKNOWN_ADDRESS
        if isinstance(error, InvalidInput) and any("required" in problems for problems in error.problems.values()):
            return MISSING
        return find_failure(self._table, error)


def _explain(error: InvalidInput, language: str) -> str:
    problems = problem_texts(error, language)
    parts = [f"{name} {text}" for name, texts in problems.items() for text in texts]
    return ("；" if language == "zh" else "; ").join(parts)


def _headers(error: Exception) -> dict[str, str]:
    return {"Allow": ", ".join(error.allowed)} if isinstance(error, MethodNotAllowed) else {}
