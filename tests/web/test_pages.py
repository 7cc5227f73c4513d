"""Pages that nobody can vouch for just now: they go out, and their script says what is wrong."""
from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.testing import bind_unused_port
from tornado.web import Application as TornadoApplication

from server.bootstrap import Application
from server.domain.errors import NotFound, Unavailable
from server.web.assets import Assets
from server.web.call import Call
from server.web.in_flight import InFlight
from server.web.pages import Missing, Page, PageRoute, Site, Thing
from tests.api import Api

NOTHING = Missing(("没有", "None"), ("返回", "Back"), "/")


async def nobody_knows(call: Call, number: int) -> None:
    raise Unavailable("store")


async def never_answers(call: Call, number: int) -> None:
    await asyncio.Event().wait()


async def is_not_there(call: Call, number: int) -> None:
    raise NotFound("thing")


async def bring_nothing(call: Call) -> dict[str, Any]:
    raise Unavailable("store")


async def bring_something(call: Call) -> dict[str, Any]:
    return {"/question": "<answer>"}


PAGES = (
    PageRoute("/unknown/([0-9]+)", "page", Thing(nobody_knows, NOTHING)),
    PageRoute("/slow/([0-9]+)", "page", Thing(never_answers, NOTHING)),
    PageRoute("/absent/([0-9]+)", "page", Thing(is_not_there, NOTHING)),
    PageRoute("/without", "page", bring=bring_nothing),
    PageRoute("/with", "page", bring=bring_something),
)


@pytest.fixture
def in_flight() -> InFlight:
    return InFlight()


@pytest.fixture
def asked(io_loop: IOLoop, api: Api, application: Application, in_flight: InFlight, tmp_path: Path) -> Iterator[Api]:
    """A site of these pages; their template shows what they bring."""
    (tmp_path / "js").mkdir()
    for name in ("page", "missing", "unloaded"):
        (tmp_path / "js" / f"{name}.js").write_text("")
    (tmp_path / "page.html").write_text("{% raw given or 'nothing' %}")
    (tmp_path / "missing.html").write_text("{% for _, text, _ in words %}{{ text }}{% end %}")
    site = Site(tmp_path, Assets(tmp_path), NOTHING, is_sandbox=True)
    about = {"site": site, "services": application.services, "in_flight": in_flight}
    handlers: list[Any] = [(route.path, Page, {**about, "page": route}) for route in PAGES]
    server = HTTPServer(TornadoApplication(handlers, page_headers=site.headers))
    listening, api.port = bind_unused_port()
    server.add_sockets([listening])
    yield api
    server.stop()
    io_loop.run_sync(server.close_all_connections)


@pytest.mark.parametrize("path", ["/unknown/1", "/slow/1", "/without"])
async def test_a_page_goes_out_when_its_store_does_not_answer(asked: Api, path: str) -> None:
    answer = await asked.get(path)
    assert (answer.status, answer.body) == (200, b"nothing")


async def test_only_a_thing_that_is_known_not_to_be_there_is_missing(asked: Api) -> None:
    answer = await asked.get("/absent/1")
    assert (answer.status, answer.body.decode()) == (404, "没有None")


async def test_what_a_page_brings_ends_no_element(asked: Api) -> None:
    assert (await asked.get("/with")).body == b'{"/question":"\\u003canswer>"}'


async def test_a_draining_process_finishes_its_pages_and_sends_the_next_elsewhere(asked: Api, in_flight: InFlight) -> None:
    waiting = asyncio.ensure_future(asked.get("/slow/1"))
    while in_flight.count == 0:
        await asyncio.sleep(0)
    in_flight.is_draining = True
    assert not await in_flight.wait_until_idle(0)
    assert (await waiting).status == 200
    assert await in_flight.wait_until_idle(1)
    assert (await asked.get("/with")).headers["Connection"] == "close"
