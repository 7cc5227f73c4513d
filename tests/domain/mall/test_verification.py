"""Rules of server/domain/mall/verification.py; what needs a database is in tests/handlers/mall/test_verification.py."""
from __future__ import annotations

from datetime import timedelta

import pytest

from server.domain.mall.verification import Channel, SandboxSender, SendingOff, plain_mobile


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("13800138000", "13800138000"),
        ("+86 138 0013 8000", "13800138000"),
        ("138-0013-8000", "13800138000"),
        ("+852 5123 4567", "+85251234567"),
    ],
)
def test_one_number_has_one_name_however_it_is_written(written: str, plain: str) -> None:
    assert plain_mobile(written) == plain


async def test_where_nobody_sends_development_shows_and_production_refuses() -> None:
    shown, off = SandboxSender(is_production=False), SandboxSender(is_production=True)
    await shown.send(Channel.MAIL, "a@example.com", "042042", timedelta(minutes=10))
    with pytest.raises(SendingOff):
        await off.send(Channel.MAIL, "a@example.com", "042042", timedelta(minutes=10))
    assert (shown.is_sandbox, off.is_sandbox) == (True, False)
