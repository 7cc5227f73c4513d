"""Imports as jobs: a sheet is looked at first, with every problem of every row; one press sells it, and how far that is can be asked."""
from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.domain.auctions.goods import Terms
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
    """A refused one has problems; a failed one may be begun again."""

    REFUSED = "refused"
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
    """An import. `done` of `total` pictures and lots are there; `told` is when it last said so, `failure` why it stopped."""

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

    def seen_at(self, now: datetime) -> Job:
        """As it is to be shown: running, but lost, is failed."""
        is_lost = self.state is JobState.RUNNING and now - self.told_at > LOST_AFTER
        return replace(self, state=JobState.FAILED, failure="lost") if is_lost else self


class JobStore(Protocol):
    """Where imports are kept, each with its sheet."""

    async def add_job(self, job: Job, content: bytes) -> None: ...

    async def find_job(self, job_id: str) -> Job | None: ...

    async def list_jobs(self, limit: int) -> list[Job]:
        """The newest."""

    async def get_content(self, job_id: str) -> bytes:
        """Raises NotFound."""

    async def begin_job(self, job_id: str, now: datetime, lost_before: datetime) -> bool:
        """False unless it is ready, failed, or lost: of two who begin it one does."""

    async def tell_job(self, job: Job) -> None:
        """How far it is, or how it ended."""


# Content and name → the rows. Raises InvalidInput and Unavailable.
ReadSheet = Callable[[bytes, str], Awaitable[list[Row]]]
# Rows, progress → line → addresses of its pictures. Raises GoodsRefused and Unavailable.
GatherPictures = Callable[[Sequence[Row], Progress], Awaitable[dict[int, tuple[str, ...]]]]


class Preview(Struct, frozen=True):
    """A job, and what would be sold by the lines of its sheet; nothing of it where there are problems."""

    job: Job
    goods: tuple[tuple[int, Terms], ...] = ()


class ImportJobs:
    """Imports by operators in a browser. A process that ends gives up what it imports; nothing of it is on sale then."""

    def __init__(self, jobs: JobStore, imports: ImportService, read_sheet: ReadSheet, gather: GatherPictures, clock: Clock):
        self._jobs = jobs
        self._imports = imports
        self._read_sheet = read_sheet
        self._gather = gather
        self._clock = clock
        self._running: set[asyncio.Task[None]] = set()

    async def look_at(self, content: bytes, name: str, plan: Plan, operator_id: int) -> Preview:
        """Keeps the sheet with what is wrong with it; sells nothing. Raises InvalidInput, EndsTooEarly, IssueExists, Unavailable."""
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
        job = replace(job, lots=len(goods))
        await self._jobs.add_job(job, content)
        return Preview(job, tuple((row.line, terms) for row, terms in zip(rows, goods)))

    async def list_jobs(self, limit: int) -> list[Job]:
        """The newest."""
        now = self._clock.now()
        return [job.seen_at(now) for job in await self._jobs.list_jobs(limit)]

    async def get(self, job_id: str) -> Preview:
        """With what would be sold as long as nothing is. Raises NotFound."""
        job = await self._find(job_id)
        if job.state not in (JobState.READY, JobState.FAILED):
            return Preview(job)
        rows = await self._rows(await self._jobs.get_content(job_id), job.name, job.plan)
        goods = read_goods(rows)
        return Preview(job, tuple((row.line, terms) for row, terms in zip(rows, goods)))

    async def begin(self, job_id: str) -> Job:
        """Sells it, from now on and by itself. Raises NotFound and AlreadyBegun."""
        job, now = await self._find(job_id), self._clock.now()
        if not await self._jobs.begin_job(job_id, now, now - LOST_AFTER):
            raise AlreadyBegun()
        begun = replace(job, state=JobState.RUNNING, told_at=now, done=0, total=job.lots, failure=None)
        await self._jobs.tell_job(begun)
        task = asyncio.create_task(self._run(begun))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        await asyncio.sleep(0)  # what has not begun could not tell that it was given up
        return begun

    async def stop(self) -> None:
        """Gives up what is not done."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

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

    async def _run(self, job: Job) -> None:
        telling = _Telling(self._jobs, self._clock, job)
        try:
            async with telling.kept_up():
                ended = await self._sell(job, telling)
        except asyncio.CancelledError:
            await self._end(replace(telling.job, state=JobState.FAILED, failure="interrupted"))
            raise
        except GoodsRefused as error:
            ended = _refused(telling.job, error.found)
        except (IssueExists, EndsTooEarly, PreparationLapsed, Unavailable) as error:
            ended = replace(telling.job, state=JobState.FAILED, failure=_FAILURES[type(error)])
        except Exception:  # who waits for the job is told that it failed, not left before a bar that stands still
            log.exception("an import failed", extra={"import": job.id})
            ended = replace(telling.job, state=JobState.FAILED, failure="unforeseen")
        await self._end(ended)

    async def _sell(self, job: Job, telling: _Telling) -> Job:
        plan = job.plan
        rows = await self._rows(await self._jobs.get_content(job.id), job.name, plan)
        pictures = await self._gather(rows, telling.note_pictures)
        group = await self._imports.import_group(
            rows,
            plan.issue,
            plan.start_at,
            plan.end_at,
            pictures=pictures,
            extend_limit=timedelta(seconds=plan.extend_limit_seconds),
            on_progress=telling.note_lots,
        )
        return replace(telling.job, state=JobState.DONE, group_id=group.id)

    async def _end(self, job: Job) -> None:
        with contextlib.suppress(Unavailable):  # it is shown as lost
            await self._jobs.tell_job(replace(job, told_at=self._clock.now()))


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
        self._pictures = 0

    def note_pictures(self, done: int, total: int) -> None:
        self._pictures = total
        self.job = replace(self.job, done=done, total=total + self.job.lots)

    def note_lots(self, done: int, total: int) -> None:
        self.job = replace(self.job, done=self._pictures + done, total=self._pictures + total)

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


def _refused(job: Job, found: Sequence[Problem]) -> Job:
    more = max(0, len(found) - MOST_PROBLEMS)
    return replace(job, state=JobState.REFUSED, problems=tuple(found[:MOST_PROBLEMS]), more_problems=more)
