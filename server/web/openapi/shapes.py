"""Schemas of the types that routes read and return."""
from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from server.web.inputs import Input
from server.web.later import now
from server.web.openapi.responses import Schema
from server.web.replies import Download, Raw, Redirect
from server.web.routing import Document

Examples = Mapping[str, Sequence[Any]]

SCHEMAS = "#/components/schemas/"
TYPES: dict[str, Any] = {"integer": int, "number": (int, float), "string": str, "boolean": bool, "array": list}


NARROWER = "x-narrower"


def narrower(**schema: Any) -> Schema:
    """For `extra_json_schema`: what the domain asks beyond what decoding does, which alone would stop at the first problem."""
    return {NARROWER: schema}


class Shapes:
    """The schemas of every type that routes read or return."""

    def __init__(self, documents: Sequence[Document], examples: Examples):
        kinds: list[Any] = []
        for document in documents:
            for _, route in document.routes():
                kinds += [given.kind for given in (route.body, route.query) if isinstance(given, Input)]
                returned = now(route.returns)
                kinds += [] if returned in (Raw, Redirect, Download) else _either(returned)
        schemas, self.components = msgspec.json.schema_components(kinds, ref_template=SCHEMAS + "{name}")
        self._schemas = list(zip(kinds, schemas))
        _narrow(self.components)
        self._examples = examples
        for component in self.components.values():
            for name, schema in component.get("properties", {}).items():
                schema |= self.example(name, schema)

    def schema(self, kind: Any) -> Schema:
        schemas = [next(schema for known, schema in self._schemas if known == one) for one in _either(kind)]
        return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}

    def example(self, name: str, schema: Schema) -> Schema:
        """A part of the schema of a field of that name, if there is a value that fits."""
        fitting = [value for value in self._examples.get(name, ()) if _fits(value, schema)]
        return {"examples": fitting[:1]} if fitting else {}

    def fields(self, kind: Any) -> list[tuple[str, Schema, bool]]:
        """Name, schema and whether it is required, of each field of a struct."""
        component = self.components[self.schema(kind)["$ref"].removeprefix(SCHEMAS)]
        return [(name, schema, name in component["required"]) for name, schema in component["properties"].items()]


def _either(kind: Any) -> list[Any]:
    """The structs of which one is returned; msgspec, which has to tell them apart when it reads, describes no union of them."""
    kinds = get_args(kind) if get_origin(kind) in (Union, UnionType) else ()
    are_structs = bool(kinds) and all(isinstance(one, type) and issubclass(one, msgspec.Struct) for one in kinds)
    return list(kinds) if are_structs else [kind]


def _narrow(node: Any) -> None:
    if isinstance(node, dict):
        node |= node.pop(NARROWER, {})
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            _narrow(part)


def _fits(value: Any, schema: Schema) -> bool:
    kinds = schema.get("anyOf", [schema])
    return any(
        isinstance(value, TYPES.get(kind.get("type"), ()))
        and kind.get("minimum", value) <= value <= kind.get("maximum", value)
        and (not isinstance(value, list) or all(_fits(one, kind.get("items", {})) for one in value))
        and ("pattern" not in kind or re.search(kind["pattern"], value) is not None)
        for kind in kinds
    )
