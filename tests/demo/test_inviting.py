"""Tests of server/demo/inviting.py."""
from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from server.demo.inviting import invite_visitors
from server.domain.clock import SystemClock
from tests.registering import register


@pytest.fixture
def clock() -> SystemClock:
    """The demo lives in real time."""
    return SystemClock()


async def test_every_start_tells_one_code_that_lets_visitors_in(api, application, caplog):
    caplog.set_level(logging.INFO)
    code = await invite_visitors(application)
    assert await invite_visitors(application) == code
    assert caplog.text.count(f"invitation code {code}") == 2
    await register(api, invitation_code=code)


async def test_a_code_that_lets_nobody_in_any_more_is_replaced(application):
    code = await invite_visitors(application)
    past = application.clock.now() - timedelta(seconds=1)
    await application.mongo.database.invitations.update_one({"_id": code}, {"$set": {"expires_at": past}})
    assert await invite_visitors(application) != code
