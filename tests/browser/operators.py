"""Operators in browsers: signed in at the console with a telephone at hand, and pages looked at by axe."""
from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pyotp
from playwright.sync_api import Page, expect

from tests.browser.bidders import DESK, Sale
from tests.commands.runs import run_command

AXE = Path(__file__).resolve().parents[2] / ".venv/sdk/node_modules/axe-core/axe.min.js"


class Operator:
    """Somebody whom the command line made, with all that it printed."""

    def __init__(self, sale: Sale, name: str, *, role: str = "admin"):
        made = run_command(sale.server.config, "operator", name, "--role", role, "--sign-in")
        assert made.returncode == 0, made.stderr
        self.name = name
        self.token = made.stdout.strip()
        self.password = _found(r"password\s+(\S+)", made.stderr)
        self.recovery_codes: list[str] = re.findall(r"^ +((?:[A-Z0-9]{4}-){3}[A-Z0-9]{4})$", made.stderr, re.MULTILINE)
        parsed = pyotp.parse_uri(_found(r"(otpauth://\S+)", made.stderr))
        assert isinstance(parsed, pyotp.TOTP)
        self._totp = parsed
        self._sale = sale

    @property
    def code(self) -> str:
        return self._totp.now()

    def open_console(self, viewport: dict[str, int] = DESK, *, code: str | None = None) -> Page:
        page = self._sale.visit("/console", viewport)
        sign_in(page, self.name, self.password, code or self.code)
        expect(page.get_by_role("heading", level=1, name="运营台")).to_be_visible()
        return page

    def open_with_token(self, viewport: dict[str, int] = DESK, *, locale: str = "zh-CN") -> Page:
        """With the token that the command line printed, whose second factor was given at no moment."""
        page = self._sale.visit("/console", viewport, locale=locale)
        login = {"token": self.token, "ends_at": (time.time() + 3000) * 1000, "user": None}
        page.evaluate("(login) => localStorage.setItem('auction.session', JSON.stringify(login))", login)
        page.reload()
        expect(page.get_by_role("heading", level=1, name="运营台" if locale == "zh-CN" else "Console")).to_be_visible()
        return page


def sign_in(page: Page, name: str, password: str, code: str | None = None) -> None:
    page.get_by_label("姓名").fill(name)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录", exact=True).click()
    if code is not None:
        page.get_by_label("动态验证码或恢复码").fill(code)
        page.get_by_role("button", name="登录", exact=True).click()


def find_barriers(page: Page) -> list[Any]:
    """What axe finds in the page as it is shown now."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [(one["id"], [node["target"] for node in one["nodes"][:3]]) for one in found["violations"]]


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, text
    return match[1]
