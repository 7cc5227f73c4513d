"""Tests of server/outside/wechat_codes.py, against the stand-in's real HTTP server and on a real database."""
from __future__ import annotations

from collections.abc import Iterator

import pytest

from server.domain.errors import InvalidInput, Unavailable
from server.domain.mall.qr_codes import MiniProgramCode, PageNotPublished
from server.outside.wechat import WechatClient
from server.outside.wechat_access import SharedAccess
from server.outside.wechat_codes import WechatMiniProgramCodes
from server.storage.accounts.wechat_access import MongoWechatAccess
from tests.belongings import picture
from tests.clock import HandClock
from tests.outside.wechat import APP_ID, SECRET, Weather, WechatStandIn, standing_in


@pytest.fixture
def wechat(io_loop) -> Iterator[WechatStandIn]:
    with standing_in(io_loop) as running:
        yield running


@pytest.fixture
def codes(io_loop, mongo, wechat, clock: HandClock) -> Iterator[WechatMiniProgramCodes]:
    async def build() -> WechatClient:
        return WechatClient(APP_ID, SECRET, wechat.url)

    client = io_loop.run_sync(build)
    yield WechatMiniProgramCodes(client, SharedAccess(client, MongoWechatAccess(mongo), clock))
    client.close()


async def test_what_wechat_draws_is_given_as_it_came(codes, wechat):
    code = MiniProgramCode(scene="7,12", page="pages/index/index", is_transparent=True, line_color=(1, 2, 3), version="trial")
    assert await codes.draw(code) == picture()
    told = {"scene": "7,12", "page": "pages/index/index", "width": 430, "is_hyaline": True, "auto_color": False, "env_version": "trial"}
    assert wechat.codes_drawn == [{**told, "line_color": {"r": 1, "g": 2, "b": 3}}]


async def test_what_is_not_told_is_not_sent(codes, wechat):
    await codes.draw(MiniProgramCode(scene="7"))
    assert wechat.codes_drawn == [{"scene": "7", "width": 430, "is_hyaline": False, "auto_color": False}]


async def test_a_page_that_is_not_published_is_told_from_a_scene_that_is_none(codes):
    with pytest.raises(PageNotPublished):
        await codes.draw(MiniProgramCode(scene="7", page="pages/new/index"))
    with pytest.raises(InvalidInput, match="scene"):
        await codes.draw(MiniProgramCode(scene="七"))
    assert await codes.draw(MiniProgramCode(scene="7", page="pages/new/index", is_page_checked=False))


async def test_a_token_that_ended_early_is_replaced(codes, wechat):
    await codes.draw(MiniProgramCode(scene="7"))
    wechat.end_access()
    assert await codes.draw(MiniProgramCode(scene="8")) == picture()


@pytest.mark.parametrize("weather", [Weather.BUSY, Weather.BROKEN, Weather.GARBLED])
async def test_on_its_bad_days_wechat_is_unavailable(codes, wechat, weather):
    await codes.draw(MiniProgramCode(scene="7"))
    wechat.change_weather(weather)
    with pytest.raises(Unavailable):
        await codes.draw(MiniProgramCode(scene="7"))
