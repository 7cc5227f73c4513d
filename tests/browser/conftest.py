"""The browser of each file of tests."""
from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(autouse=True)
def pages_go_with_their_test(browser: Browser) -> Iterator[None]:
    """One that stayed open would go on listening and counting seconds beside all tests that follow."""
    staying = [*browser.contexts]
    yield
    for context in browser.contexts:
        if context not in staying:
            context.close()
