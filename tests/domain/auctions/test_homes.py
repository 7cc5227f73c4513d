"""Where lots are at home: agreed by whoever has heard of the same processes, and soon by all."""
from __future__ import annotations

from collections import Counter

from server.domain.auctions.homes import AVOIDED_BEATS, SILENT_BEATS, Homes

LOTS = range(1, 1001)
WORKERS = [f"w{number}" for number in range(4)]


def believed_by(worker: str, *others: str) -> Homes:
    homes = Homes(worker)
    for other in others:
        homes.hear(other)
    return homes


def homes_of(homes: Homes, worker: str) -> dict[int, str]:
    return {goods_id: homes.find(goods_id) or worker for goods_id in LOTS}


def test_a_process_that_has_heard_of_no_other_decides_everything() -> None:
    assert set(homes_of(Homes("w0"), "w0").values()) == {"w0"}


def test_all_who_have_heard_of_each_other_agree_and_share() -> None:
    beliefs = [homes_of(believed_by(worker, *(other for other in WORKERS if other != worker)), worker) for worker in WORKERS]
    assert all(belief == beliefs[0] for belief in beliefs)
    assert min(Counter(beliefs[0].values()).values()) > len(LOTS) / len(WORKERS) / 2


def test_who_comes_or_goes_moves_its_own_lots_alone() -> None:
    homes = believed_by("w0", "w1", "w2")
    before = homes_of(homes, "w0")
    homes.hear("w3")
    with_another = homes_of(homes, "w0")
    assert {with_another[one] for one in LOTS if with_another[one] != before[one]} == {"w3"}
    homes.leave("w3")
    assert homes_of(homes, "w0") == before


def test_who_was_silent_for_some_beats_is_gone_and_comes_back_when_it_is_heard() -> None:
    homes = believed_by("w0", "w1")
    before = homes_of(homes, "w0")
    assert [homes.beat() for _ in range(SILENT_BEATS)] == [[]] * SILENT_BEATS
    homes.hear("w1")
    assert [homes.beat() for _ in range(SILENT_BEATS)] == [[]] * SILENT_BEATS
    assert homes_of(homes, "w0") == before
    assert homes.beat() == ["w1"]
    assert set(homes_of(homes, "w0").values()) == {"w0"}
    homes.hear("w1")
    assert homes_of(homes, "w0") == before


def test_who_was_too_slow_has_no_homes_for_a_while_though_it_lives() -> None:
    homes = believed_by("w0", "w1")
    before = homes_of(homes, "w0")
    homes.avoid("w1")
    for _ in range(AVOIDED_BEATS):
        homes.hear("w1")
        assert set(homes_of(homes, "w0").values()) == {"w0"}
        homes.beat()
    assert homes_of(homes, "w0") == before


def test_nobody_is_believed_while_none_can_be_reached() -> None:
    homes = believed_by("w0", "w1")
    homes.forget()
    assert set(homes_of(homes, "w0").values()) == {"w0"}
