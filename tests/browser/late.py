"""Answers that come when their reader has gone on."""
from __future__ import annotations

import re

from playwright.sync_api import APIResponse, Page, Route


class LateAnswers:
    """The server's answers to what matches `pattern`, kept back until they are let go."""

    def __init__(self, page: Page, pattern: str):
        self._page = page
        self._pattern = re.compile(pattern)
        self._held: list[tuple[Route, APIResponse]] = []
        page.route(self._pattern, self._hold)

    def _hold(self, route: Route) -> None:
        self._held.append((route, route.fetch()))

    def let_go(self) -> None:
        """Until the page has drawn what it draws of them."""
        assert self._held
        for route, answer in self._held:
            with self._page.expect_response(self._pattern) as answered:
                route.fulfill(response=answer)
            answered.value.finished()
        self._page.unroute(self._pattern)
        self._page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
