"""Pictures of the lots of a sheet: found by address or in an archive beside it, and made ours before anything is on sale."""
from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from server.domain.auctions.imports import PICTURES, GoodsRefused, Problem, Row
from server.domain.pictures import PictureMissing, PictureRefused, PictureWeb

MOST_PICTURES = 12  # of a lot
AT_ONCE = 4

_BETWEEN = re.compile(r"[\s,;|，；、]+")  # none of them stands in an address as it is, nor in a name that a shop gives its photos
_ADDRESS = re.compile(r"https?://.+", re.IGNORECASE)
_STEM = re.compile(r"(?:.*/)?([^/]*?)(?:\.\w{1,5})?")
_PART = re.compile(r"[-_ .(（]+(.*)")
_NUMBER = re.compile(r"[0-9]{1,6}")
_LEADS_OUT = re.compile(r"/.*|[A-Za-z]:/.*|(.*/)?\.\.(/.*)?", re.DOTALL)

# What people call the sides of a note; the rest comes after them, by number or name.
SIDES = (("front", "obverse", "正", "f", "a"), ("back", "reverse", "反", "背", "b"), ("holder", "slab", "盒", "封装", "标"))


class LotPicture(Struct, frozen=True):
    """One of a lot's: as the sheet or the archive names it, and the address at which it is shown."""

    name: str
    address: str


class PictureFiles(Protocol):
    """Files beside the sheet."""

    @property
    def names(self) -> Sequence[str]:
        """Their paths with `/` between; one that is there twice, twice."""

    async def read(self, name: str) -> bytes:
        """One of `names`. Raises PictureMissing."""


# Content → the address at which it is shown. Raises PictureRefused, Unavailable.
Keep = Callable[[bytes], Awaitable[str]]
Progress = Callable[[int, int], None]  # pictures looked at, pictures in all


class LotPictures:
    """Gathers what the rows of a sheet name."""

    def __init__(self, keep: Keep, web: PictureWeb, files: PictureFiles | None = None):
        self._keep = keep
        self._web = web
        self._files = files
        self._names = Counter(files.names if files else ())
        self._places = asyncio.Semaphore(AT_ONCE)

    async def gather(self, rows: Sequence[Row], on_progress: Progress = lambda done, total: None) -> dict[int, tuple[LotPicture, ...]]:
        """Line → its pictures, the front first; of the rows that have any.

        Those that the column names come first, then those of the archive that bear the row's serial number. Raises GoodsRefused
        with every picture that cannot be had or shown, and every file that belongs to no row, leads out of the archive, or is
        there twice; Unavailable.
        """
        inside = [name for name in self._names if not _LEADS_OUT.fullmatch(name)]
        shared = share_out(inside, [row.texts["sn"] for row in rows])
        wanted = [(row, name) for row in rows for name in dict.fromkeys([*named_in(row), *shared.get(row.texts["sn"].strip(), ())])]
        done = 0

        async def look(row: Row, name: str) -> str | Problem:
            nonlocal done
            async with self._places:
                taken = await self._take(row, name)
            done += 1
            on_progress(done, len(wanted))
            return taken

        looking = [asyncio.ensure_future(look(row, name)) for row, name in wanted]
        try:
            taken = await asyncio.gather(*looking)
        except BaseException:
            for one in looking:
                one.cancel()
            raise
        problems = [one for one in taken if isinstance(one, Problem)] + list(_too_many(rows, wanted))
        used = {name for _, name in wanted}
        problems += [Problem(0, PICTURES, "of_no_row", name) for name in inside if name not in used]
        problems += [Problem(0, PICTURES, "leads_out", name) for name in self._names if _LEADS_OUT.fullmatch(name)]
        problems += [Problem(0, PICTURES, f"named_twice:{count}", name) for name, count in self._names.items() if count > 1]
        if problems:
            raise GoodsRefused(sorted(problems, key=lambda problem: (not problem.line, problem.line)))
        gathered: dict[int, dict[str, LotPicture]] = {}
        for (row, name), address in zip(wanted, taken):
            assert isinstance(address, str)
            gathered.setdefault(row.line, {}).setdefault(address, LotPicture(name, address))  # once, though under two names
        return {line: tuple(pictures.values()) for line, pictures in gathered.items()}

    async def _take(self, row: Row, name: str) -> str | Problem:
        try:
            return await self._keep(await self._read(name))
        except PictureMissing as error:
            return Problem(row.line, PICTURES, error.reason, name)
        except PictureRefused as error:
            return Problem(row.line, PICTURES, "empty_file" if error.reason == "required" else error.reason, name)

    async def _read(self, name: str) -> bytes:
        if _ADDRESS.fullmatch(name):
            return await self._web.fetch(name)
        if self._files is None:
            raise PictureMissing("not_an_address")
        if name not in self._names:
            raise PictureMissing("not_in_archive")
        return await self._files.read(name)


def addresses_of(gathered: Mapping[int, Sequence[LotPicture]]) -> dict[int, tuple[str, ...]]:
    """Line → addresses."""
    return {line: tuple(picture.address for picture in pictures) for line, pictures in gathered.items()}


def named_in(row: Row) -> list[str]:
    """What the row's column names, in its order."""
    return [name for name in _BETWEEN.split(row.texts.get(PICTURES, "").strip()) if name]


def share_out(names: Sequence[str], serials: Sequence[str]) -> dict[str, list[str]]:
    """Serial number → the files that bear it: as their name, or as the name's beginning before what tells the side, or as their folder."""
    known = {serial.strip().casefold(): serial.strip() for serial in serials}
    shared: dict[str, list[tuple[tuple[int, int, str], str]]] = {}
    for name in names:
        found = _find_owner(name, known)
        if found is not None:
            owner, part = found
            shared.setdefault(owner, []).append((_place(part), name))
    return {owner: [name for _, name in sorted(files)] for owner, files in shared.items()}


def _find_owner(name: str, known: dict[str, str]) -> tuple[str, str] | None:
    """Whose file it is, and what the rest of its name says."""
    stem = _STEM.fullmatch(name)
    text = stem[1].casefold() if stem else ""
    for end in range(len(text), 0, -1):  # the longest serial number that fits
        owner = known.get(text[:end])
        part = _PART.fullmatch(text[end:])
        if owner is not None and (end == len(text) or part is not None):
            return owner, part[1] if part else ""
    for folder in reversed(name.casefold().split("/")[:-1]):
        if folder in known:
            return known[folder], text
    return None


def _place(part: str) -> tuple[int, int, str]:
    """Where it stands among the pictures of its lot."""
    for place, words in enumerate(SIDES, start=1):
        if any(part == word or (len(word) > 1 or not word.isascii()) and part.startswith(word) for word in words):
            return place, 0, part
    number = _NUMBER.match(part)
    return (0 if not part or number else len(SIDES) + 1), int(number[0]) if number else 0, part


def _too_many(rows: Sequence[Row], wanted: Sequence[tuple[Row, str]]) -> Iterator[Problem]:
    counts = Counter(row.line for row, _ in wanted)
    for row in rows:
        count = counts[row.line]
        if count > MOST_PICTURES:
            yield Problem(row.line, PICTURES, f"too_many:{MOST_PICTURES}", str(count))
