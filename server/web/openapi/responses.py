"""Responses of operations: what one holds, two under one status, and failures that many share."""
from __future__ import annotations

from itertools import count
from typing import Any

import msgspec

Schema = dict[str, Any]

RESPONSES = "#/components/responses/"


def make_response(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def add_response(responses: Schema, status: str, response: Schema) -> None:
    """Beside the one that is there already, in documents that say 200 to everything and where two share a path."""
    known = responses.get(status)
    if known is None:
        responses[status] = response
        return
    schemas = [one["content"]["application/json"]["schema"] for one in (known, response)]
    alternatives = [part for schema in schemas for part in schema.get("anyOf", [schema])]
    distinct = [part for index, part in enumerate(alternatives) if part not in alternatives[:index]]
    merged = make_response("; ".join(dict.fromkeys((known["description"], response["description"]))), {"anyOf": distinct})
    errors = [*known.get("x-errors", []), *response.get("x-errors", [])]
    responses[status] = {**known, **response, **merged, **({"x-errors": errors} if errors else {})}


def share_failures(paths: dict[str, Schema]) -> Schema:
    """Puts references in place of responses that tell errors; gives what they refer to. Most operations of a document fail alike."""
    names: dict[bytes, str] = {}
    shared: Schema = {}
    for operation in (operation for methods in paths.values() for operation in methods.values()):
        for status, failure in operation["responses"].items():
            if "x-errors" not in failure:
                continue
            kind = msgspec.json.encode(failure)
            if kind not in names:
                document = camel(operation["x-document"])
                names[kind] = next(name for number in count(1) if (name := f"{document}{status}-{number}") not in shared)
                shared[names[kind]] = failure
            operation["responses"][status] = {"$ref": RESPONSES + names[kind]}
    return shared


def camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))
