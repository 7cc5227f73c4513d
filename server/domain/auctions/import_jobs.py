"""Imports as jobs: a sheet and its pictures are looked at first, with every problem of every row; one press sells it.

How far either is can be asked at any time, by anybody, of any process."""
from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.domain.auctions.goods import Terms
from server.domain.auctions.import_archives import KEPT_FOR, Archive, ArchiveIncomplete, ArchiveStore, SentArchive
from server.domain.auctions.imports import (
    EndsTooEarly,
    GoodsRefused,
    ImportService,
    Problem,
    Progress,
    Row,
    fill_in,
    read_goods,
)
from server.domain.auctions.lot_pictures import LotPicture, addresses_of, named_in
from server.domain.auctions.preparation import IssueExists, PreparationLapsed
from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput, NotFound, Unavailable

log = logging.getLogger(__name__)

MAX_SHEET_BYTES = 8 * 1024 * 1024  # a job is one document
MOST_PROBLEMS = 500  # kept of a sheet; more are a sheet of another kind
SEEN_EVERY_SECONDS = 0.5  # how often a running job tells how far it is
LOST_AFTER = timedelta(seconds=30)  # without a word a running job's process has died


class AlreadyBegun(Conflict):
    """That import runs, or is done."""


class JobState(str, Enum):
    """A refused one has problems; a failed one may be begun again. The pictures of a waiting one have not been looked at."""

    REFUSED = "refused"
    WAITING = "waiting"
    LOOKING = "looking"
    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Plan(Struct, frozen=True, kw_only=True):
    """On which terms a sheet is sold. `step` and `extend_window` stand where a row says nothing."""

    issue: int
    start_at: datetime
    end_at: datetime
    step: int | None = None
    extend_window: int | None = None
    extend_limit_seconds: int


class Job(Struct, frozen=True, kw_only=True):
    """An import. `done` of `total` pictures are looked at, or lots there; `told_at` is when it last said so, `failure` why it stopped."""

    id: str
    operator_id: int
    name: str
    plan: Plan
    state: JobState
    made_at: datetime
    told_at: datetime
    lots: int = 0
    problems: tuple[Problem, ...] = ()
    more_problems: int = 0
    done: int = 0
    total: int = 0
    group_id: int | None = None
    failure: str | None = None
    archive: Archive | None = None

    def seen_at(self, now: datetime) -> Job:
        """As it is to be shown: under way, but lost, has stopped."""
        is_lost = self.state in STOPPED and now - self.told_at > LOST_AFTER
        return self.stopped("lost") if is_lost else self

    def stopped(self, failure: str) -> Job:
        """As one that was under way and may be begun again."""
        return replace(self, state=STOPPED[self.state], failure=failure)


# What is under way → what it is once it has stopped before its end.
STOPPED: Mapping[JobState, JobState] = {JobState.RUNNING: JobState.FAILED, JobState.LOOKING: JobState.WAITING}
SELLABLE = (JobState.READY, JobState.FAILED)


class JobStore(Protocol):
    """Where imports are kept, each with its sheet."""

    async def add_job(self, job: Job, content: bytes) -> None: ...

    async def find_job(self, job_id: str) -> Job | None: ...

    async def list_jobs(self, limit: int) -> list[Job]:
        """The newest."""

    async def get_content(self, job_id: str) -> bytes:
        """Raises NotFound."""

    async def begin_job(
        self, job_id: str, state: JobState, before: Collection[JobState], now: datetime, lost_before: datetime
    ) -> bool:
        """False unless it was in one of those before, or lost in that state: of two who begin it one does."""

    async def tell_job(self, job: Job) -> None:
        """How far it is, or how it ended."""

    async def keep_pictures(self, job_id: str, pictures: Mapping[int, tuple[LotPicture, ...]]) -> None:
        """By line."""

    async def list_pictures(self, job_id: str) -> dict[int, tuple[LotPicture, ...]]: ...


# Content and name → the rows. Raises InvalidInput and Unavailable.
ReadSheet = Callable[[bytes, str], Awaitable[list[Row]]]
# Rows, the archive beside them, progress → line → its pictures. Raises GoodsRefused and Unavailable.
GatherPictures = Callable[[Sequence[Row], SentArchive | None, Progress], Awaitable[dict[int, tuple[LotPicture, ...]]]]


class Offer(Struct, frozen=True):
    """What a line of a sheet would sell."""

    line: int
    terms: Terms
    pictures: tuple[LotPicture, ...] = ()


class Preview(Struct, frozen=True):
    """A job, and what it would sell; nothing of it where there are problems, or pictures that have not been looked at."""

    job: Job
    goods: tuple[Offer, ...] = ()


class ImportJobs:
    """Imports by operators in a browser. A process that ends gives up what it looks at or imports; nothing of it is on sale then."""

    def __init__(
        self,
        jobs: JobStore,
        archives: ArchiveStore,
        imports: ImportService,
        read_sheet: ReadSheet,
        gather: GatherPictures,
        clock: Clock,
    ):
        self._jobs = jobs
        self._archives = archives
        self._imports = imports
        self._read_sheet = read_sheet
        self._gather = gather
        self._clock = clock
        self._running: set[asyncio.Task[None]] = set()

    async def look_at(self, content: bytes, name: str, plan: Plan, operator_id: int, archive: Archive | None = None) -> Preview:
        """Keeps the sheet with what is wrong with it; sells nothing. Raises InvalidInput, EndsTooEarly, IssueExists, Unavailable.

        Where the sheet is right and names pictures, these are looked at from now on and by themselves; with an archive, once that has come.
        """
        if not content:
            raise InvalidInput({"file": ["required"]})
        if len(content) > MAX_SHEET_BYTES:
            raise InvalidInput({"file": [f"file_too_large:{MAX_SHEET_BYTES // 1024}"]})
        now = self._clock.now()
        job = Job(
            id=secrets.token_urlsafe(12), operator_id=operator_id, name=name, plan=plan, state=JobState.READY, made_at=now, told_at=now
        )
        try:
            rows = await self._rows(content, name, plan)
            goods = await self._imports.check_group(rows, plan.issue, plan.start_at, plan.end_at)
        except GoodsRefused as error:
            found = error.found or (Problem(0, "", "no_goods"),)
            job = _refused(job, found)
            await self._jobs.add_job(job, content)
            return Preview(job)
        is_shown = archive is not None or any(named_in(row) for row in rows)
        job = replace(job, state=JobState.WAITING if is_shown else JobState.READY, lots=len(goods), archive=archive)
        await self._jobs.add_job(job, content)
        if archive is not None:
            await self._archives.remove_pieces_before(now - KEPT_FOR)
            return Preview(job)
        return Preview(await self.look(job.id)) if is_shown else Preview(job, _offers(rows, goods, {}))

    async def send_piece(self, job_id: str, number: int, content: bytes) -> Job:
        """Of the archive that the import waits for, in the place of one of that number. Raises NotFound, AlreadyBegun, InvalidInput."""
        job = await self._find(job_id)
        if job.archive is None or job.state is not JobState.WAITING:
            raise AlreadyBegun()
        job.archive.check(number, content)
        await self._archives.keep_piece(job_id, number, content, self._clock.now())
        return job

    async def look(self, job_id: str) -> Job:
        """Looks at its pictures, from now on and by itself. Raises NotFound, AlreadyBegun, ArchiveIncomplete."""
        job = await self._find(job_id)
        if job.archive is not None and job.state is JobState.WAITING:
            if await self._archives.count_pieces(job_id) < job.archive.pieces:
                raise ArchiveIncomplete()
        return await self._begin(job, (JobState.WAITING,), JobState.LOOKING, self._look)

    async def list_jobs(self, limit: int) -> list[Job]:
        """The newest."""
        now = self._clock.now()
        return [job.seen_at(now) for job in await self._jobs.list_jobs(limit)]

    async def get(self, job_id: str) -> Preview:
        """With what would be sold as long as nothing is. Raises NotFound."""
        job = await self._find(job_id)
        if job.state not in SELLABLE:
            return Preview(job)
        rows = await self._rows(await self._jobs.get_content(job_id), job.name, job.plan)
        return Preview(job, _offers(rows, read_goods(rows), await self._jobs.list_pictures(job_id)))

    async def begin(self, job_id: str) -> Job:
        """Sells it, from now on and by itself. Raises NotFound and AlreadyBegun."""
        return await self._begin(await self._find(job_id), SELLABLE, JobState.RUNNING, self._sell)

    async def stop(self) -> None:
        """Gives up what is not done."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _begin(self, job: Job, before: Collection[JobState], state: JobState, work: _Work) -> Job:
        now = self._clock.now()
        if not await self._jobs.begin_job(job.id, state, before, now, now - LOST_AFTER):
            raise AlreadyBegun()
        total = job.lots if state is JobState.RUNNING else 0  # how many pictures there are, the look finds out
        begun = replace(job, state=state, told_at=now, done=0, total=total, failure=None)
        await self._jobs.tell_job(begun)
        task = asyncio.create_task(self._run(begun, work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        await asyncio.sleep(0)  # what has not begun could not tell that it was given up
        return begun

    async def _find(self, job_id: str) -> Job:
        job = await self._jobs.find_job(job_id)
        if job is None:
            raise NotFound("import")
        return job.seen_at(self._clock.now())

    async def _rows(self, content: bytes, name: str, plan: Plan) -> list[Row]:
        """Raises InvalidInput for what is no sheet."""
        rows = await self._read_sheet(content, name)
        usual = {"step": plan.step, "extend_window": plan.extend_window}
        return fill_in(rows, {column: str(number) for column, number in usual.items() if number is not None})

    async def _run(self, job: Job, work: _Work) -> None:
        telling = _Telling(self._jobs, self._clock, job)
        try:
            async with telling.kept_up():
                ended = await work(job, telling)
        except asyncio.CancelledError:
            await self._end(telling.job.stopped("interrupted"))
            raise
        except GoodsRefused as error:
            ended = _refused(telling.job, error.found)
        except (IssueExists, EndsTooEarly, PreparationLapsed, Unavailable) as error:
            ended = telling.job.stopped(_FAILURES[type(error)])
        except Exception:  # who waits for the job is told that it failed, not left before a bar that stands still
            log.exception("an import failed", extra={"import": job.id})
            ended = telling.job.stopped("unforeseen")
        await self._end(ended)

    async def _look(self, job: Job, telling: _Telling) -> Job:
        rows = await self._rows(await self._jobs.get_content(job.id), job.name, job.plan)
        sent = None
        if job.archive is not None:
            sent = SentArchive(job.archive.size, lambda number: self._archives.get_piece(job.id, number))
        await self._jobs.keep_pictures(job.id, await self._gather(rows, sent, telling.note))
        return replace(telling.job, state=JobState.READY)

    async def _sell(self, job: Job, telling: _Telling) -> Job:
        plan = job.plan
        group = await self._imports.import_group(
            await self._rows(await self._jobs.get_content(job.id), job.name, plan),
            plan.issue,
            plan.start_at,
            plan.end_at,
            pictures=addresses_of(await self._jobs.list_pictures(job.id)),
            extend_limit=timedelta(seconds=plan.extend_limit_seconds),
            on_progress=telling.note,
        )
        return replace(telling.job, state=JobState.DONE, group_id=group.id)

    async def _end(self, job: Job) -> None:
        with contextlib.suppress(Unavailable):  # it is shown as lost
            await self._jobs.tell_job(replace(job, told_at=self._clock.now()))
        if job.archive is not None and job.state in (JobState.READY, JobState.REFUSED):
            with contextlib.suppress(Unavailable):  # it is removed once it is old
                await self._archives.remove_pieces(job.id)


_FAILURES: Mapping[type[Exception], str] = {
    IssueExists: "issue_exists",
    EndsTooEarly: "ends_too_early",
    PreparationLapsed: "lapsed",
    Unavailable: "unavailable",
}


class _Telling:
    """Writes down how far a job is, a few times a second."""

    def __init__(self, jobs: JobStore, clock: Clock, job: Job):
        self.job = job
        self._jobs = jobs
        self._clock = clock

    def note(self, done: int, total: int) -> None:
        self.job = replace(self.job, done=done, total=total)

    @contextlib.asynccontextmanager
    async def kept_up(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._tell())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(SEEN_EVERY_SECONDS)
            with contextlib.suppress(Unavailable):  # told again in a moment
                await self._jobs.tell_job(replace(self.job, told_at=self._clock.now()))


_Work = Callable[[Job, _Telling], Awaitable[Job]]


def _offers(rows: Sequence[Row], goods: Sequence[Terms], pictures: Mapping[int, tuple[LotPicture, ...]]) -> tuple[Offer, ...]:
    return tuple(Offer(row.line, terms, pictures.get(row.line, ())) for row, terms in zip(rows, goods))


def _refused(job: Job, found: Sequence[Problem]) -> Job:
    more = max(0, len(found) - MOST_PROBLEMS)
    return replace(job, state=JobState.REFUSED, problems=tuple(found[:MOST_PROBLEMS]), more_problems=more)
