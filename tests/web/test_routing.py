"""Declaring routes and finding them."""
from __future__ import annotations

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from handlers.bidding.dialect import BiddingDialect
from server.domain.errors import InvalidInput, MethodNotAllowed, NotFound
from server.web.access import ANYONE
from server.web.call import Call
from server.web.routing import Chapter, Document, Router, Routes
from tests.web.requests import FORM, request

routes = Routes()


@routes.get("/shelves", access=ANYONE)
async def list_shelves(call: Call) -> list[int]:
    """The shelves."""
    return []


@routes.get("/shelves/{shelf_id}", access=ANYONE)
async def get_shelf(call: Call, shelf_id: int) -> int:
    return shelf_id


@routes.put("/shelves/{shelf_id}", access=ANYONE)
async def save_shelf(call: Call, shelf_id: int) -> int:
    return shelf_id


@routes.post("/shelves/mine", access=ANYONE)
async def add_to_mine(call: Call) -> int:
    return 0


shop_routes = Routes()


@shop_routes.delete("/shelves", access=ANYONE)
async def remove_shelves(call: Call) -> None: ...


@shop_routes.post("/shelves/mine", access=ANYONE, told_by=frozenset({"sign"}))
async def add_signed(call: Call) -> int:
    return 0


@shop_routes.get("/shops/{name}", access=ANYONE)
async def get_shop(call: Call, name: str) -> str:
    return name


@shop_routes.post("/shops", access=ANYONE)
async def add_shop(call: Call) -> int:
    return 0


def document(*chapters: Routes, name: str = "shelves", prefix: str = "/api") -> Document:
    return Document(name, prefix, BiddingDialect(), tuple(Chapter("Shelves", chapter) for chapter in chapters))


router = Router((document(routes),))


def test_a_literal_path_comes_before_a_template() -> None:
    assert router.find("POST", "/api/shelves/mine")[0].route.function is add_to_mine
    with pytest.raises(MethodNotAllowed) as raised:
        router.find("GET", "/api/shelves/mine")
    assert raised.value.allowed == ("OPTIONS", "POST")


def test_the_values_of_a_template_are_given() -> None:
    mounted, values = router.find("PUT", "/api/shelves/12")
    assert (mounted.route.function, values) == (save_shelf, ("12",))


def test_head_is_get_without_its_body() -> None:
    assert router.find("HEAD", "/api/shelves")[0].route.function is list_shelves


def test_a_trailing_slash_makes_no_difference() -> None:
    assert router.find("GET", "/api/shelves/")[0].route.function is list_shelves


@pytest.mark.parametrize("path", ["", "/", "/api", "/api/", "/api/shelve", "/api/shelves/1/2", "/api/shelves//1", "/shelves", "*"])
def test_an_unknown_path_is_not_found(path: str) -> None:
    with pytest.raises(NotFound):
        router.find("GET", path)


def test_a_method_the_path_does_not_have_is_told_with_those_it_has() -> None:
    with pytest.raises(MethodNotAllowed) as raised:
        router.find("DELETE", "/api/shelves/1")
    assert raised.value.allowed == ("GET", "HEAD", "OPTIONS", "PUT") == router.methods("/api/shelves/1")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("one", "not_integer"),
        ("1.0", "not_integer"),
        ("01", "not_integer"),
        ("1e1", "not_integer"),
        ("-1", "at_least:1"),
        ("+1", "not_integer"),
        ("１", "not_integer"),
        ("1\n", "not_integer"),
        ("10000000000000000", "not_integer"),
        ("0", "at_least:1"),
        ("9007199254740992", "at_most:9007199254740991"),
    ],
)
async def test_a_value_that_is_no_id_is_refused_by_name(text: str, problem: str) -> None:
    mounted, _ = router.find("GET", "/api/shelves/1")
    with pytest.raises(InvalidInput) as raised:
        await mounted.route.call(None, None, (text,))  # type: ignore[arg-type]
    assert raised.value.problems == {"shelf_id": [problem]}


async def test_the_largest_id_is_taken() -> None:
    mounted, values = router.find("GET", "/api/shelves/9007199254740991")
    assert await mounted.route.call(None, None, values) == 2**53 - 1  # type: ignore[arg-type]


def test_the_dialect_is_the_one_of_the_longest_prefix() -> None:
    shop, api = document(Routes(), name="shop", prefix="/api/shop"), document(routes)
    both = Router((document(Routes(), name="ops", prefix=""), api, shop))
    assert both.dialect("/api/shop/1") is shop.dialect
    assert both.dialect("/api/shelves") is api.dialect
    assert both.dialect("/api/shopping") is api.dialect


def test_a_route_answers_as_its_own_document_does_even_where_two_share_a_prefix() -> None:
    shop = document(shop_routes, name="shop")
    both = Router((document(routes), shop))
    assert both.find("DELETE", "/api/shelves")[0].dialect is shop.dialect
    assert both.find("GET", "/api/shelves")[0].dialect is not shop.dialect


def test_a_path_without_the_method_is_spoken_of_as_by_the_first_document_that_has_it() -> None:
    shop, api = document(shop_routes, name="shop"), document(routes)
    both = Router((api, shop))
    assert both.dialect("/api/shops") is shop.dialect
    assert both.dialect("/api/shelves") is api.dialect
    assert both.dialect("/api/nothing") is api.dialect


@pytest.mark.parametrize(
    ("asked", "function"),
    [
        (request(b'{"sign": "7"}'), "add_signed"),
        (request(b"sign=7", FORM), "add_signed"),
        (request(query="sign="), "add_signed"),
        (request(b'{"sign": "7", "of": "no interest"}', FORM), "add_signed"),
        (request(b'{"number": 7}'), "add_to_mine"),
        (request(b"number=7", FORM), "add_to_mine"),
        (request(), "add_to_mine"),
        (request(b'{"sign": '), "add_to_mine"),
        (request(b'["sign"]'), "add_to_mine"),
        (request(b'{"sign\xff": 1}'), "add_to_mine"),
    ],
)
def test_of_two_documents_at_one_place_the_input_tells_which_is_meant(asked: HTTPServerRequest, function: str) -> None:
    shop = document(shop_routes, name="shop")
    mounted, _ = Router((document(routes), shop)).find("POST", "/api/shelves/mine")
    chosen = mounted.choose(asked)
    assert chosen.route.function.__name__ == function
    assert (chosen.dialect is shop.dialect) == (function == "add_signed")


async def test_a_value_may_be_a_text() -> None:
    mounted, values = Router((document(shop_routes),)).find("GET", "/api/shops/%E9%BE%99%2F7")
    assert await mounted.route.call(None, None, values) == "龙/7"  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "problem"), [("%FF", "not_utf8"), ("x" * 129, "too_long:128")])
async def test_a_text_that_cannot_be_is_refused_by_name(text: str, problem: str) -> None:
    mounted, values = Router((document(shop_routes),)).find("GET", f"/api/shops/{text}")
    with pytest.raises(InvalidInput) as raised:
        await mounted.route.call(None, None, values)  # type: ignore[arg-type]
    assert raised.value.problems == {"name": [problem]}


def test_a_path_is_declared_once_for_each_method() -> None:
    with pytest.raises(TypeError, match="GET /api/shelves is declared twice"):
        Router((document(routes, routes),))


def test_a_function_has_to_take_what_its_path_names() -> None:
    async def get_goods(call: Call) -> int:
        return 0

    with pytest.raises(TypeError, match="does not fit its path"):
        routes.get("/goods/{goods_id}", access=ANYONE)(get_goods)


def test_a_function_may_take_nothing_its_path_does_not_name() -> None:
    async def get_goods(call: Call, goods_id: int) -> int:
        return goods_id

    with pytest.raises(TypeError, match="does not fit its path"):
        routes.get("/goods", access=ANYONE)(get_goods)


def test_a_route_has_to_say_who_may_call_it() -> None:
    with pytest.raises(TypeError, match="access"):
        routes.get("/goods")  # type: ignore[call-arg]


async def test_a_body_of_texts_is_read_as_it_is() -> None:
    async def search(call: Call, body: dict[str, str]) -> dict[str, str]:
        return body

    found = Routes()
    found.post("/search", access=ANYONE)(search)
    line = RequestStartLine("POST", "/search?word=a", "HTTP/1.1")
    asked = HTTPServerRequest(start_line=line, headers=HTTPHeaders({"Host": "shop.example"}))
    assert await found.routes[0].call(None, asked, ()) == {"word": "a"}  # type: ignore[arg-type]
