"""Tests of handlers/pages.py."""
from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.pages import SECURITY
from server.config import Config
from tests.api import Api
from tests.services import TestServices


@pytest.fixture(params=[None, "wx0123456789abcdef"])
def config(services: TestServices, request: pytest.FixtureRequest) -> Config:
    return replace(services.config(), wechat_appid=request.param, wechat_secret="secret")


async def test_a_page_tells_whether_a_nickname_signs_in(api: Api, config: Config) -> None:
    page = await api.get("/sign-in")
    assert page.status == 200
    assert (b"<html data-sandbox " in page.body) == (config.wechat_appid is None)
    assert page.body.count(b"data-sandbox") <= 1


EVERYWHERE = ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options")


PAGES = ["/", "/docs", "/static/pages/index.html", "/static/pages/account.html"]
FILES = ["/static/js/api.js", "/favicon.ico", "/static/none", "/static/%FF"]


@pytest.mark.parametrize("path", [*PAGES, *FILES])
async def test_pages_and_files_tell_a_browser_how_to_treat_them(api: Api, path: str) -> None:
    for method in ("GET", "HEAD", "OPTIONS", "POST", "TRACE"):
        headers = (await api.ask(method, path)).headers
        assert {name: headers.get(name) for name in EVERYWHERE} == SECURITY
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
