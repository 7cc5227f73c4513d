"""A sale in browsers: a server with lots on sale, readers of it, and its answers held back."""
from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route, expect
from tornado.httpclient import AsyncHTTPClient

from tests.browser.chromium import PATIENCE_MS
from tests.processes.server import ServerProcess

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


class Sale:
    """`faults`: what any page threw, and what the browser refused it."""

    def __init__(self, server: ServerProcess, browser: Browser):
        self.server = server
        self.url = server.url
        self.faults: list[str] = []
        self._browser = browser

    def visit(self, path: str, viewport: dict[str, int] = DESK, *, name: str | None = None, locale: str = "zh-CN") -> Page:
        """A browser of its own; with a name, signed in by it."""
        page = self._browser.new_context(viewport=viewport, locale=locale).new_page()  # type: ignore[arg-type]
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda message: self._note(message.text) if message.type == "error" else None)
        page.goto(self.url + path)
        if name is not None:
            sign_in(page, name)
        return page

    def _note(self, text: str) -> None:
        if "Content Security Policy" in text:
            self.faults.append(text)

    def bid(self, name: str, goods_id: int, price: int, **more: Any) -> None:
        """Of somebody elsewhere."""

        async def place() -> None:
            token = await self.server.sign_in(name)
            bid = {"goods_id": goods_id, "group_id": 7, "price": price} | more
            status, answer = await self.server.post("/api/group", bid, token=token)
            assert status == 200, answer
            AsyncHTTPClient().close()

        apart(place)


@contextmanager
def open_sale(
    folder: Path, browser: Browser, prepare: Callable[[ServerProcess], Awaitable[None]], *, workers: int = 1, is_embedded: bool = False
) -> Iterator[Sale]:
    process = ServerProcess(folder / "data", workers=workers, is_embedded=is_embedded)
    process.launch()

    async def begin() -> None:
        await process.wait_until_ready()
        await prepare(process)
        AsyncHTTPClient().close()

    apart(begin)
    sale = Sale(process, browser)
    yield sale
    process.stop()
    assert sale.faults == []


def apart(work: Callable[[], Awaitable[None]]) -> None:
    """In a thread of its own: the browser's driver runs a loop in this one."""

    async def run() -> None:
        await work()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run()).result()


def sign_in(page: Page, nickname: str) -> None:
    page.get_by_role("button", name="登录").first.click()
    page.locator("#nickname").fill(nickname)
    page.locator("dialog").get_by_role("button", name="登录").click()
    expect(page.locator(".menu__name")).to_have_text(nickname)


class Held:
    """Requests of one address that wait on their way, in the order of their coming."""

    def __init__(self, page: Page, address: str, method: str = "POST"):
        self.keys: list[str | None] = []
        self._waiting: list[Route] = []
        self._page = page
        self._method = method
        page.route(address, self._take)

    def _take(self, route: Route) -> None:
        if route.request.method != self._method:
            route.fallback()
            return
        self.keys.append(route.request.headers.get("idempotency-key"))
        self._waiting.append(route)

    def until(self, count: int) -> None:
        """Until so many have come."""
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while len(self.keys) < count:
            assert time.monotonic() < deadline, f"{len(self.keys)} of {count} requests came"
            self._page.wait_for_timeout(20)  # the browser's driver hands them over meanwhile

    def let_go(self) -> None:
        """The oldest goes on, and is answered."""
        self._waiting.pop(0).continue_()

    def lose_answer(self) -> None:
        """The oldest arrives, and its answer does not."""
        route = self._waiting.pop(0)
        assert route.fetch().status < 500
        route.abort()
