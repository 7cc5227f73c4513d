"""Tests of handlers/pages.py."""
from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from handlers.pages import NO_GROUP, NO_LOT, NO_OFFER, NO_PAGE, PAGES, STATIC
from server.bootstrap import Application
from server.config import Config
from server.domain.auctions.goods import Lot
from server.web.pages import Missing
from tests.api import Answer, Api, serving
from tests.builders import make_goods, make_user
from tests.catalogue import make_offer
from tests.clock import HandClock

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PLAIN = [route for route in PAGES if route.thing is None]


def addresses(page: Answer) -> list[str]:
    """Of the files that a page names."""
    return re.findall(r'(?:href|src)="(/static/[^"]+)"', page.body.decode())


def given(page: Answer) -> dict[str, Any]:
    """What a page brings along."""
    found = re.search(r'<script type="application/json" id="given">(.*?)</script>', page.body.decode(), re.DOTALL)
    return json.loads(found[1]) if found else {}


def shown(page: Answer) -> str:
    """What a page says of what there is not."""
    [place] = [one for one in re.findall(r'<div class="place" lang=.*?</div>', page.body.decode(), re.DOTALL) if " hidden>" not in one]
    return html.unescape(re.sub(r"<[^>]+>|\s+", " ", place)).strip()


async def expect_missing(api: Api, path: str, missing: Missing) -> None:
    for language, number in (("zh-CN,zh;q=0.9,en;q=0.8", 0), ("en-GB", 1), ("fr", 0)):
        page = await api.get(path, headers={**HTML, "Accept-Language": language})
        assert page.status == 404
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert page.headers["Cache-Control"] == "no-store"
        assert "Accept-Language" in ", ".join(page.headers.get_list("Vary"))
        assert "Content-Security-Policy" in page.headers
        assert re.sub(r"\s+", " ", shown(page)) == f"{missing.text[number]} {missing.way[number]}"
        assert f'<html lang="{("zh-CN", "en")[number]}"' in page.body.decode()


@pytest.mark.parametrize("appid", [None, "wx0123456789abcdef"])
def test_a_page_tells_whether_a_nickname_signs_in(io_loop: IOLoop, config: Config, appid: str | None) -> None:
    application = Application(replace(config, wechat_appid=appid, wechat_secret="secret"))
    api = Api(application)
    page = io_loop.run_sync(lambda: api.get("/sign-in"))
    assert page.status == 200
    assert (b"<html lang=\"zh-CN\" data-sandbox>" in page.body) == (appid is None)
    assert page.body.count(b"data-sandbox") <= 1
    io_loop.run_sync(api.close)
    io_loop.run_sync(application.stop)


# Files and headers


@pytest.mark.parametrize("route", PLAIN, ids=lambda route: route.name)
async def test_a_page_names_its_files_by_one_version_and_all_are_there(api: Api, route: Any) -> None:
    page = await api.get(route.path)
    assert page.status == 200
    named = addresses(page)
    assert len({path.split("/")[2] for path in named}) == 1
    assert len(named) == len(set(named)) > 10
    for path in named:
        answer = await api.get(path)
        assert (answer.status, "immutable" in answer.headers["Cache-Control"]) == (200, True), path


async def test_every_module_is_asked_for_with_the_page(api: Api) -> None:
    page = await api.get("/groupbuy")
    named = {path.partition("/js/")[2] for path in addresses(page)}
    assert {"groupbuy.js", "groupbuy/filters.js", "ui/elements.js", "format.js", "live/client.js", "live/backoff.js"} <= named
    assert b'<template id="later">' in page.body


async def test_only_the_page_s_own_script_may_stand_in_it(api: Api) -> None:
    page = await api.get("/my")
    policy = dict(part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert re.fullmatch(r"'self' 'sha256-[\w+/]{43}='", policy["script-src"])
    assert (policy["object-src"], policy["base-uri"], policy["frame-ancestors"]) == ("'none'", "'none'", "'none'")
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert (STATIC / "js" / "unloaded.js").read_text() in page.body.decode()
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert page.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_page_is_compressed_and_checked_at_each_use(api: Api) -> None:
    packed = await api.get("/my", is_unpacked=False, headers={"Accept-Encoding": "gzip"})
    plain = await api.get("/my", is_unpacked=False)
    assert (packed.headers["Content-Encoding"], plain.headers.get("Content-Encoding")) == ("gzip", None)
    assert len(packed.body) < len(plain.body) / 2
    for answer, encoding in ((packed, "gzip"), (plain, "identity")):
        assert (answer.headers["Vary"], answer.headers["Cache-Control"]) == ("Accept-Encoding, Accept-Language", "no-cache")
        headers = {"Accept-Encoding": encoding, "If-None-Match": answer.headers["Etag"]}
        assert (await api.get("/my", is_unpacked=False, headers=headers)).status == 304
    assert packed.headers["Etag"] != plain.headers["Etag"]
    head = await api.ask("HEAD", "/my")
    assert (head.status, head.body) == (200, b"")


@pytest.fixture
def behind_proxy(io_loop: IOLoop, config: Config, clock: HandClock) -> Iterator[Api]:
    with serving(io_loop, replace(config, trusted_proxies=("127.0.0.1",)), clock) as asking:
        yield asking


async def test_a_page_describes_itself_to_those_who_show_links(behind_proxy: Api) -> None:
    headers = {"X-Forwarded-For": "203.0.113.5", "X-Forwarded-Proto": "https", "Host": "auction.example"}
    page = (await behind_proxy.get("/groupbuy", headers=headers)).body.decode()
    facts = dict(re.findall(r'<meta (?:name|property)="([\w:]+)" content="([^"]*)">', page))
    assert facts["og:url"] == "https://auction.example/groupbuy"
    assert re.fullmatch(r"https://auction\.example/static/[0-9a-f]{16}/images/share\.png", facts["og:image"])
    assert (facts["og:title"], facts["og:site_name"]) == ("团购 · 纸钞竞拍", "纸钞竞拍")
    assert len(facts["description"]) > 10
    picture = await behind_proxy.get(facts["og:image"].removeprefix("https://auction.example"))
    assert (picture.status, picture.headers["Content-Type"]) == (200, "image/png")
    [icon] = re.findall(r'rel="apple-touch-icon" href="([^"]+)"', page)
    assert (await behind_proxy.get(icon)).headers["Content-Type"] == "image/png"


# What there is not


@pytest.mark.parametrize("path", ["/nowhere", "/my/", "/goods/", "/goods/145x", "/history/7/lots", "/apidocs", "/index.html"])
async def test_an_unknown_page_is_said_to_be_none(api: Api, path: str) -> None:
    await expect_missing(api, path, NO_PAGE)


@pytest.mark.parametrize(
    ("pattern", "missing"), [("/goods/{}", NO_LOT), ("/history/{}", NO_GROUP), ("/groupbuy/{}", NO_OFFER)]
)
@pytest.mark.parametrize("number", ["0", "404404", str(2**53), "9" * 30])
async def test_what_does_not_exist_has_no_page(api: Api, pattern: str, missing: Missing, number: str) -> None:
    await make_goods(api.application)
    await expect_missing(api, pattern.format(number), missing)


async def test_what_exists_has_a_page(api: Api) -> None:
    running, ended = await make_goods(api.application), await make_goods(api.application, starts_in=-7200, closes_in=-3600)
    offer = await make_offer(api.application)
    paths = [f"/goods/{lot.id}" for lot in (running, ended)] + [f"/history/{lot.group_id}" for lot in (running, ended)]
    for path in (*paths, f"/groupbuy/{offer.id}"):
        assert (await api.get(path)).status == 200, path


async def test_to_show_an_offer_s_page_is_no_view_of_it(api: Api) -> None:
    offer = await make_offer(api.application)
    await api.get(f"/groupbuy/{offer.id}")
    assert (await api.application.stores.groupbuy.offers.get_offer(offer.id)).views == offer.views


@pytest.mark.parametrize("path", ["/api/nowhere", "/api", "/index.php/nowhere", "/index.php"])
async def test_the_apis_own_folders_answer_browsers_as_they_answer_programs(api: Api, path: str) -> None:
    page, answer = await api.get(path, headers=HTML), await api.get(path)
    assert (page.status, page.body) == (answer.status, answer.body)
    assert page.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize("accept", [None, "application/json", "application/json, */*;q=0.5", "image/png"])
async def test_a_program_hears_of_an_unknown_path_in_the_envelope(api: Api, accept: str | None) -> None:
    answer = await api.get("/nowhere", headers={"Accept": accept} if accept else None)
    assert (answer.status, answer.json["error"]) == (404, "not_found")


# What the landing page brings along


def listed(lot: Lot) -> str:
    """What its script asks for the lots."""
    return f"/api/group/catalogue/{lot.group_id}?page=1&limit=60"


async def test_the_landing_page_brings_what_its_script_asks_first(api: Api) -> None:
    lot = await make_goods(api.application)
    await api.bid(await make_user(api.application), lot, 20500)
    await api.application.auctions.looks.look()
    page = await api.get("/")
    brought = given(page)
    assert len(brought) == 3
    for question, data in brought.items():
        assert data == (await api.get(question)).data
    assert brought[listed(lot)]["list"][0]["live"]["price"] == 20500
    assert page.headers["Cache-Control"] == "no-store"


async def test_it_brings_the_price_of_the_last_bid_each_time(api: Api) -> None:
    lot = await make_goods(api.application)
    alice, bob = await make_user(api.application), await make_user(api.application, "Bob")
    for bidder, price in ((alice, 20000), (bob, 20001), (alice, 25000)):
        await api.bid(bidder, lot, price)
        brought = given(await api.get("/"))
        assert brought[listed(lot)]["list"][0]["live"]["price"] == price


async def test_nothing_a_bidder_is_called_leaves_what_is_brought(api: Api) -> None:
    lot = await make_goods(api.application)
    name = "</script><!--<script>"
    await api.bid(await make_user(api.application, name), lot, 20000)
    page = await api.get("/")
    assert given(page)[listed(lot)]["list"][0]["live"]["nickname"] == name
    assert name not in page.body.decode()


async def test_while_there_is_no_group_the_landing_page_brings_nothing(api: Api) -> None:
    page = await api.get("/")
    assert (page.status, given(page)) == (200, {})


async def test_a_token_does_not_change_what_the_page_brings(api: Api) -> None:
    lot = await make_goods(api.application)
    alice = await make_user(api.application)
    await api.bid(alice, lot, 20000)
    await api.application.auctions.looks.look()
    assert given(await api.get("/", as_user=alice)) == given(await api.get("/")) != {}


EVERYWHERE = ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options")


SHOWN = ["/", "/docs", "/static/pages/index.html", "/static/pages/account.html"]
FILES = ["/static/js/api.js", "/favicon.ico", "/static/none", "/static/%FF"]


@pytest.mark.parametrize("path", [*SHOWN, *FILES])
async def test_pages_and_files_tell_a_browser_how_to_treat_them(api: Api, path: str) -> None:
    for method in ("GET", "HEAD", "OPTIONS", "POST", "TRACE"):
        headers = (await api.ask(method, path)).headers
        assert all(headers.get(name) for name in EVERYWHERE)
        assert "Server" not in headers


NO_FILES = ["%00", "js/%00", "js/api.js%00", "x" * 5000, "js%5C..", "../run.py", "%2e%2e/run.py", "pages"]


@pytest.mark.parametrize("name", NO_FILES)
async def test_a_name_that_is_no_file_s_is_not_found_or_forbidden(api: Api, name: str, caplog: pytest.LogCaptureFixture) -> None:
    answer = await api.get(f"/static/{name}")
    assert answer.status in (403, 404)
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PUT", "DELETE", "PATCH", "BREW", "get"])
@pytest.mark.parametrize("path", ["/", "/sign-in", "/static/js/api.js", "/favicon.ico"])
async def test_another_method_is_refused_with_those_there_are(api: Api, method: str, path: str) -> None:
    answer = await api.ask(method, path)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert (await api.ask("OPTIONS", path)).headers["Allow"] == "GET, HEAD, OPTIONS"
