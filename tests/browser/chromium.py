"""Debian's Chromium, driven by Playwright on a loop of its own thread.

Most tests use the one without windows (`chromium-headless-shell`): the same pages, scripts and network for half the work. What is shown
outside of a page, as notifications are, only the whole one has.
"""
from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect, sync_playwright

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
SHELL, WHOLE = "chromium-headless-shell", ("chromium", "chromium-browser", "google-chrome")
PATIENCE_MS = 20_000


def find_chromium(*, is_whole: bool = False) -> str:
    """Fails with a word about what to install where there is none."""
    program = next(filter(None, map(shutil.which, WHOLE if is_whole else (SHELL, *WHOLE))), None)
    assert program, "no Chromium found: install Debian's packages chromium and chromium-headless-shell"
    return program


@contextmanager
def chromium(*, is_whole: bool = False) -> Iterator[Browser]:
    program = find_chromium(is_whole=is_whole)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()
