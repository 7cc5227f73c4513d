"""Tests of handlers/pages.py."""
from __future__ import annotations

from dataclasses import replace

import pytest

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
