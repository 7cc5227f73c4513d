"""Which mobile segments were given out where and by whom, by phonenumbers.

Its table takes 110 MB of a process, and what is asked of it 5: so a process of its own reads the one and writes the other, when somebody
asks for the first time.
"""
from __future__ import annotations

import asyncio
import logging
import re
import sys
from array import array
from bisect import bisect_right
from collections import defaultdict
from pathlib import Path

import msgspec
from msgspec import Struct

from server.domain.errors import Unavailable
from server.domain.mall.tools.segments import DIGITS, Segment, SegmentQuery

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
HOME = "86"
FIRST, PAST_LAST = 1300000, 2000000
TIME_LIMIT_SECONDS = 60.0
RETRY_AFTER_SECONDS = 5
PLACE = re.compile(r"(.+?省|内蒙古|广西|西藏|宁夏|新疆|北京市|上海市|天津市|重庆市)(.*)")


class Spread(Struct, frozen=True, array_like=True):
    """What one carrier was given in one place: `starts` and `ends` of its runs of segments, rising; both ends included."""

    province: str
    city: str
    carrier: str
    starts: list[int]
    ends: list[int]

    def fits(self, query: SegmentQuery) -> bool:
        city = query.city.removesuffix("市")
        is_there = city in self.city or (not self.city and city in self.province)
        return query.province in self.province and is_there and query.carrier in self.carrier

    def find_next(self, after: int) -> int | None:
        at = bisect_right(self.starts, after)
        if at and self.ends[at - 1] > after:
            return after + 1
        return self.starts[at] if at < len(self.starts) else None

    def at(self, number: int) -> Segment:
        return Segment(number, self.province, self.city, self.carrier)


class PhonenumbersSegments:
    """Implements SegmentTable."""

    def __init__(self) -> None:
        self._spreads: list[Spread] = []
        self._by_number = array("H")  # of each segment the place of its spread in the list, from 1
        self._reading = asyncio.Lock()

    async def find(self, number: int) -> Segment | None:
        await self._read()
        at = self._by_number[number - FIRST] if FIRST <= number < PAST_LAST else 0
        return self._spreads[at - 1].at(number) if at else None

    async def find_next(self, after: int, query: SegmentQuery) -> Segment | None:
        await self._read()
        found = ((spread.find_next(after), spread) for spread in self._spreads if spread.fits(query))
        return min((spread.at(number) for number, spread in found if number is not None), key=lambda one: one.number, default=None)

    async def _read(self) -> None:
        async with self._reading:
            if self._spreads:
                return
            spreads = msgspec.json.decode(await _ask_own_process(), type=list[Spread])
            by_number = array("H", bytes(2 * (PAST_LAST - FIRST)))
            for place, spread in enumerate(spreads, 1):
                for start, end in zip(spread.starts, spread.ends):
                    by_number[start - FIRST : end + 1 - FIRST] = array("H", [place]) * (end + 1 - start)
            self._spreads, self._by_number = spreads, by_number


async def _ask_own_process() -> bytes:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", __name__, stdout=pipe, cwd=ROOT)
    try:
        async with asyncio.timeout(TIME_LIMIT_SECONDS):
            told, _ = await process.communicate()
    except TimeoutError:
        log.error("the table of mobile segments was not read in time")
        raise Unavailable("mobile segments", RETRY_AFTER_SECONDS) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        log.error("the table of mobile segments cannot be read")
        raise Unavailable("mobile segments", RETRY_AFTER_SECONDS)
    return told


def read_spreads() -> list[Spread]:
    """All of the mainland's, of the library's table; a longer beginning says more than a shorter one."""
    from phonenumbers.carrierdata import CARRIER_DATA
    from phonenumbers.geodata import GEOCODE_DATA

    places, carriers = ([""] * (PAST_LAST - FIRST) for _ in range(2))
    for table, told in ((GEOCODE_DATA, places), (CARRIER_DATA, carriers)):
        mobile = [prefix for prefix in table if prefix.startswith(f"{HOME}1") and len(prefix) <= len(HOME) + DIGITS]
        for prefix in sorted(mobile, key=len):
            digits = prefix.removeprefix(HOME)
            width = 10 ** (DIGITS - len(digits))
            start = int(digits) * width
            if FIRST <= start and start + width <= PAST_LAST:
                told[start - FIRST : start - FIRST + width] = [table[prefix].get("zh") or ""] * width
    runs: dict[tuple[str, str], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for number, (place, carrier) in enumerate(zip(places, carriers), FIRST):
        if place and PLACE.fullmatch(place):
            starts, ends = runs[place, carrier]
            if ends and ends[-1] == number - 1:
                ends[-1] = number
            else:
                starts.append(number)
                ends.append(number)
    return [Spread(*_split(place), carrier, *ends) for (place, carrier), ends in runs.items()]


def _split(place: str) -> tuple[str, str]:
    found = PLACE.fullmatch(place)
    assert found is not None
    return found[1], found[2]


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(read_spreads()))
