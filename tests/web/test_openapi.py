"""Describing documents as OpenAPI."""
from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

import jsonschema_rs
import pytest
from msgspec import Meta, Struct

from handlers import DOCUMENTS
from handlers.bidding.dialect import BiddingDialect
from handlers.openapi import INFO
from handlers.ops.examples import EXAMPLES
from server.config import Config
from server.web.access import ANYONE, OPERATOR
from server.web.call import Call
from server.web.inputs import Upload
from server.web.openapi import describe
from server.web.routing import Chapter, Document, Routes, called

FOLDERS = Config().folders
BOTH = ("application/json", "application/x-www-form-urlencoded")


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    """All documents of the server, as they travel."""
    return json.loads(json.dumps(describe(DOCUMENTS, info=INFO, examples=EXAMPLES, folders=FOLDERS)))


def find(described: dict[str, Any], reference: str) -> Any:
    place = described
    for name in reference.removeprefix("#/").split("/"):
        place = place[name]
    return place


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(part)


def test_every_route_is_described(described: dict[str, Any]) -> None:
    declared = {(called(path, FOLDERS)[0], route.method.lower()) for document in DOCUMENTS for path, route in document.routes()}
    assert {(path, method) for path, methods in described["paths"].items() for method in methods} == declared


def test_what_readers_have_to_know_is_told_in_both_languages(described: dict[str, Any]) -> None:
    zh, en = described["x-documents"]["accounts"].split("\n\n")
    assert len(zh.split("\n")) == len(en.split("\n")) > 5
    assert "Laravel" in zh and "Laravel" in en


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    references = {node["$ref"] for node in nodes(described) if "$ref" in node}
    assert references and all(find(described, reference) for reference in references)


def test_every_schema_is_one(described: dict[str, Any]) -> None:
    schemas = [*described["components"]["schemas"].values()]
    schemas += [node["schema"] for node in nodes(described["paths"]) if "schema" in node]
    for schema in schemas:
        jsonschema_rs.meta.validate(schema)


def test_every_example_fits_its_field(described: dict[str, Any]) -> None:
    examples = [(schema, value) for schema in nodes(described["components"]) for value in schema.get("examples", ())]
    assert len(examples) > 40
    for schema, value in examples:
        whole = {"components": described["components"]} if "$ref" in json.dumps(schema) else {}  # they are large
        jsonschema_rs.validate({**schema, **whole}, value)


def test_operations_have_names_of_their_own(described: dict[str, Any]) -> None:
    names = [operation["operationId"] for methods in described["paths"].values() for operation in methods.values()]
    assert len(set(names)) == len(names)


def test_tags_are_the_chapters_in_the_order_of_the_documents(described: dict[str, Any]) -> None:
    tags = [tag["name"] for tag in described["tags"]]
    assert tags[:6] == ["Banner 管理", "团购", "拍品目录", "出价记录", "往期团购", "微信 management"]
    assert len(set(tags)) == len(tags)
    used = {tag for methods in described["paths"].values() for operation in methods.values() for tag in operation["tags"]}
    assert used == set(tags)


def test_a_bid_is_described_with_all_its_answers(described: dict[str, Any]) -> None:
    bid = described["paths"]["/api/group"]["post"]
    assert bid["summary"] == "参与竞价"
    assert bid["security"] == [{"bearer": []}]
    assert [(one["name"], one["in"], one["required"]) for one in bid["parameters"]] == [("Idempotency-Key", "header", False)]
    assert tuple(bid["requestBody"]["content"]) == BOTH
    answers = {status: find(described, one["$ref"]) if "$ref" in one else one for status, one in bid["responses"].items()}
    assert list(answers) == ["200", "401", "403", "404", "409", "422", "429", "503"]
    rules = ["not_started", "ended", "lot_closed", "paused", "withdrawn"]
    rules += ["below_low_price", "bid_too_low", "not_approved", "deposit_needed", "lead_limit_reached", "above_top_price", "group_mismatch"]
    assert [one["error"] for one in answers["409"]["x-errors"]] == rules
    assert [one["error"] for one in answers["422"]["x-errors"]] == ["invalid_input", "key_reused"]
    assert "Retry-After" in answers["429"]["headers"]


def test_a_path_without_an_id_asks_for_nothing(described: dict[str, Any]) -> None:
    banners = described["paths"]["/api/banners"]["get"]
    assert "parameters" not in banners and "requestBody" not in banners
    assert list(banners["responses"]) == ["200", "503"]
    assert banners["security"] == [{}, {"bearer": []}]


def test_a_query_is_described_parameter_by_parameter(described: dict[str, Any]) -> None:
    page, limit, category, group = described["paths"]["/api/group"]["get"]["parameters"]
    assert (page["name"], page["required"], page["schema"]["default"]) == ("page", False, 1)
    assert (limit["schema"]["minimum"], limit["schema"]["maximum"]) == (1, 100)
    assert (category["schema"]["type"], category["schema"]["maxLength"]) == ("string", 64)
    assert (group["name"], group["required"]) == ("group_id", False)


# ---- documents made for the purpose


class ByCode(Struct):
    code: str


class ByPassword(Struct):
    password: Annotated[str, Meta(min_length=8)]


def document(name: str, routes: Routes) -> Document:
    return Document(name, "/api", BiddingDialect(), (Chapter("Doors", routes),))


def describe_all(*documents: Document) -> dict[str, Any]:
    return describe(documents, info={"title": "Doors", "version": "1"}, examples={})


def test_two_documents_at_one_place_are_one_operation_with_either_input() -> None:
    by_code, by_password = Routes(), Routes()

    @by_code.post("/open", access=ANYONE)
    async def open_by_code(call: Call, body: ByCode) -> int:
        """By code"""
        return 1

    @by_password.post("/open", access=ANYONE, told_by=frozenset({"password"}))
    async def open_by_password(call: Call, body: ByPassword) -> str:
        """By password"""
        return ""

    described = describe_all(document("codes", by_code), document("passwords", by_password))
    opened = described["paths"]["/api/open"]["post"]
    assert opened["summary"] == "By code / By password"
    assert opened["tags"] == ["Doors (codes)", "Doors (passwords)"]
    either = [{"$ref": "#/components/schemas/ByCode"}, {"$ref": "#/components/schemas/ByPassword"}]
    assert {form: content["schema"]["anyOf"] for form, content in opened["requestBody"]["content"].items()} == dict.fromkeys(BOTH, either)
    answers = opened["responses"]["200"]["content"]["application/json"]["schema"]["anyOf"]
    assert [answer["properties"]["data"] for answer in answers] == [{"type": "integer"}, {"type": "string"}]


def test_an_upload_and_a_text_in_a_path_are_described() -> None:
    routes = Routes()

    @routes.put("/doors/{name}", access=OPERATOR, status=201)
    async def paint(call: Call, name: str, body: Upload) -> None:
        """Paint a door

        With any picture."""

    painted = describe_all(document("doors", routes))["paths"]["/api/doors/{name}"]["put"]
    assert (painted["summary"], painted["description"]) == ("Paint a door", "With any picture.")
    text = {"type": "string", "minLength": 1, "maxLength": 128}
    assert painted["parameters"] == [{"name": "name", "in": "path", "required": True, "schema": text}]
    assert list(painted["requestBody"]["content"]) == ["application/octet-stream", "multipart/form-data"]
    assert list(painted["responses"]) == ["201", "401", "403", "404", "409", "422", "429", "503"]
