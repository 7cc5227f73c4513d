"""Tests of server/domain/reminders: what is still worth a word, and when people want to be left alone."""
from __future__ import annotations

import logging
from datetime import datetime, timedelta, timezone

import pytest
from msgspec.structs import replace

from server.domain.auctions.goods import LotStatus, Void
from server.domain.reminders.quiet import QuietHours, to_minute, to_text
from server.domain.reminders.reminders import (
    ENDING_BEFORE,
    LOOK_AGAIN,
    OLD_NEWS,
    Because,
    Kind,
    Reminder,
    Verdict,
    judge,
)
from server.domain.reminders.sending import LONGEST_PAUSE, Message, SandboxMessenger, pause_after
from tests.domain.auctions.offers import END, open_lot

NOW = END - timedelta(minutes=5)
ALICE, BOB = 1, 2
LOT = replace(open_lot(), leader_id=BOB, price=30000, seq=4)
OUTBID = Reminder.outbid(LOT, ALICE, 3, NOW, NOW)
ENDING, WON = (Reminder.of_lot(kind, LOT, ALICE, NOW) for kind in (Kind.ENDING, Kind.WON))
SOLD = replace(LOT, status=LotStatus.WON, leader_id=ALICE)
NIGHT = QuietHours(to_minute("22:30"), to_minute("07:00"))


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00").astimezone(timezone.utc)


@pytest.mark.parametrize(
    "reminder, lot, verdict",
    [
        (OUTBID, LOT, Verdict()),
        (OUTBID, replace(LOT, leader_id=ALICE), Verdict(Because.LEADS_AGAIN)),
        (OUTBID, replace(LOT, voids=(Void(2, 3),), seq=5), Verdict(Because.TAKEN_BACK)),
        (OUTBID, replace(LOT, end_at=NOW), Verdict(Because.ENDED)),
        (OUTBID, replace(LOT, status=LotStatus.WITHDRAWN), Verdict(Because.ENDED)),
        (OUTBID, replace(LOT, paused_at=NOW), Verdict(Because.PAUSED, NOW + LOOK_AGAIN)),
        (ENDING, LOT, Verdict()),
        (ENDING, replace(LOT, leader_id=ALICE), Verdict()),
        (ENDING, replace(LOT, status=LotStatus.WON), Verdict(Because.ENDED)),
        (ENDING, replace(LOT, paused_at=NOW), Verdict(Because.PAUSED, NOW + LOOK_AGAIN)),
        (ENDING, replace(LOT, end_at=END + ENDING_BEFORE), Verdict(Because.POSTPONED, END)),
        (WON, SOLD, Verdict()),
        (WON, replace(SOLD, leader_id=BOB), Verdict(Because.TAKEN_BACK)),
        (WON, replace(SOLD, status=LotStatus.WITHDRAWN), Verdict(Because.TAKEN_BACK)),
        (replace(WON, noticed_at=NOW - OLD_NEWS - ENDING_BEFORE), SOLD, Verdict(Because.OLD)),
    ],
)
def test_what_is_over_is_not_told_and_what_stands_still_waits(reminder, lot, verdict):
    assert judge(reminder, lot, None, NOW) == verdict


def test_in_quiet_hours_everything_waits_but_what_is_over_is_over():
    midnight = shanghai("2026-06-02 00:00:00")
    lot, sold = (replace(one, end_at=midnight + ENDING_BEFORE) for one in (LOT, SOLD))
    until = shanghai("2026-06-02 07:00:00")
    news = replace(WON, noticed_at=midnight)
    told = [judge(one, which, NIGHT, midnight) for one, which in ((OUTBID, lot), (ENDING, lot), (news, sold))]
    assert told == [Verdict(Because.QUIET, until)] * 3
    assert judge(OUTBID, replace(lot, leader_id=ALICE), NIGHT, midnight) == Verdict(Because.LEADS_AGAIN)
    assert judge(OUTBID, lot, NIGHT, until) == Verdict(Because.ENDED)
    assert judge(news, sold, NIGHT, until) == Verdict()


@pytest.mark.parametrize(
    "quiet, moment, end",
    [
        (NIGHT, "2026-06-01 22:29:59", None),
        (NIGHT, "2026-06-01 22:30:00", "2026-06-02 07:00:00"),
        (NIGHT, "2026-06-02 06:59:59", "2026-06-02 07:00:00"),
        (NIGHT, "2026-06-02 07:00:00", None),
        (QuietHours(12 * 60, 14 * 60), "2026-06-02 13:00:00", "2026-06-02 14:00:00"),
        (QuietHours(12 * 60, 14 * 60), "2026-06-02 14:00:00", None),
        (QuietHours(12 * 60, 12 * 60), "2026-06-02 12:00:00", None),
    ],
)
def test_quiet_hours_go_over_midnight_by_the_clocks_of_shanghai(quiet, moment, end):
    at = shanghai(moment)
    assert quiet.has(at) == (end is not None)
    if end is not None:
        assert quiet.end_after(at) == shanghai(end)


def test_times_of_the_day_are_read_as_they_are_written():
    assert [to_text(to_minute(text)) for text in ("00:00", "07:05", "23:59")] == ["00:00", "07:05", "23:59"]


def test_pauses_between_tries_grow_to_the_longest():
    pauses = [pause_after(tries) for tries in range(1, 9)]
    assert pauses == sorted(pauses) and pauses[0] < pauses[1] and pauses[-1] == LONGEST_PAUSE


async def test_without_wechat_the_log_has_what_would_be_sent(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="server.domain.reminders.sending"):
        messenger = SandboxMessenger()
        await messenger.send("user 1", Message.of(Kind.OUTBID, LOT))
    assert "without WECHAT_APPID subscribe messages are not sent" in caplog.messages[0]
    assert caplog.messages[1] == f"message sandbox: to user 1, outbid of lot {LOT.sn}"
    assert set(messenger.templates) == set(Kind)
