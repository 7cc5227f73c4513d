"""Describes documents as OpenAPI 3.1, from their declared routes alone."""
from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from server.web.manners import BEARER, PARAMETER
from server.web.openapi.operations import INPUT_FORMS, Operation
from server.web.openapi.responses import Schema, add_response, camel, share_failures
from server.web.openapi.shapes import Examples, Shapes
from server.web.routing import Document, called


def describe(
    documents: Sequence[Document], *, info: Schema, examples: Examples, folders: Mapping[str, tuple[str, ...]] = MappingProxyType({})
) -> Schema:
    """The description of all documents. `examples`: values for fields of that name; each field takes the first that fits.

    `folders`: what those are called that prefixes only name.
    """
    shapes = Shapes(documents, examples)
    tags = _name_tags(documents)
    paths: dict[str, Schema] = {}
    for document in documents:
        for title, routes in document.headings():
            for path, route in routes:
                operation = Operation(document, tags[document.name, title], route, shapes, path).describe()
                methods = paths.setdefault(called(path, folders)[0], {})
                method = route.method.lower()
                methods[method] = _merge(methods[method], operation) if method in methods else operation
    failures = {camel(document.name) + "Failure": document.dialect.failure_schema() for document in documents}
    return {
        "openapi": "3.1.0",
        "info": info,
        "servers": [{"url": "/"}],
        "tags": [{"name": tag, "x-document": document} for (document, _), tag in tags.items()],
        "x-documents": {document.name: document.about for document in documents if document.about},
        "paths": paths,
        "components": {
            "schemas": {**shapes.components, **failures},
            "responses": share_failures(paths),
            "securitySchemes": {
                BEARER: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                PARAMETER: {"type": "apiKey", "in": "query", "name": "token"},
            },
        },
    }


def _name_tags(documents: Sequence[Document]) -> dict[tuple[str, str], str]:
    """Document and chapter → tag: the chapter's title, where two documents have it with the document's name."""
    titles = [(document.name, title) for document in documents for title, _ in document.headings()]
    counts = Counter(title for _, title in titles)
    return {(name, title): title if counts[title] == 1 else f"{title} ({name})" for name, title in titles}


def _merge(first: Schema, second: Schema) -> Schema:
    """One operation for two documents' routes at the same place, which their input tells apart."""
    responses = dict(first["responses"])
    for status, response in second["responses"].items():
        add_response(responses, status, response)
    merged = {**first, "summary": f"{first['summary']} / {second['summary']}", "tags": [*first["tags"], *second["tags"]]}
    bodies = [operation["requestBody"] for operation in (first, second) if "requestBody" in operation]
    if bodies:
        schemas = [body["content"][INPUT_FORMS[0]]["schema"] for body in bodies]
        merged["requestBody"] = {**bodies[0], "content": {form: {"schema": {"anyOf": schemas}} for form in INPUT_FORMS}}
    return {**merged, "responses": responses}
