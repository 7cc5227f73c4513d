"""Debian's Chromium, driven by Playwright on a loop of its own thread.

Without its windows where that is installed (`chromium-headless-shell`): the same pages, scripts and network for half the work.
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
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PATIENCE_MS = 20_000


def find_chromium() -> str:
    """Fails with a word about what to install where there is none."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    assert program, "no Chromium found: install Debian's package chromium-headless-shell, or chromium"
    return program


@contextmanager
def chromium() -> Iterator[Browser]:
    program = find_chromium()
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()
