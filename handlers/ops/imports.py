"""导入拍品: a sheet is looked at, then sold by one press; how far that is can be asked at any time. Money in fen."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.bidding.shapes import DocumentTime, document_time
from handlers.ops.noun_shapes import to_moments
from server.domain.auctions.desk.groups import MOST_EXTEND_LIMIT_SECONDS, EndAt, Issue, StartAt
from server.domain.auctions.goods import Terms
from server.domain.auctions.import_jobs import MAX_SHEET_BYTES, AlreadyBegun, Job, JobState, Plan, Preview
from server.domain.auctions.imports import EXTEND_LIMIT, MAX_EXTEND_WINDOW_SECONDS, EndsTooEarly, Problem
from server.domain.auctions.preparation import IssueExists
from server.domain.auctions.prices import MAX_PRICE
from server.domain.nouns import about
from server.domain.paces import UPLOADS
from server.web.access import AUCTIONEER
from server.web.call import Call
from server.web.inputs import Upload
from server.web.routing import Routes

routes = Routes()

MOST_BYTES = MAX_SHEET_BYTES + 64 * 1024  # with what a form needs around its file
MOST_JOBS = 20
LONGEST_NAME = 200


class PlanQuery(Struct, kw_only=True):
    """On which terms it is sold. `step` and `extend_window` stand where the sheet says nothing; `name` is the file's."""

    issue: Issue
    start_at: StartAt
    end_at: EndAt
    name: Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME), about("文件名", "File")]
    step: Annotated[int, Meta(ge=1, le=MAX_PRICE), about("加价幅度", "Step", "money")] | None = None
    extend_window: Annotated[int, Meta(ge=0, le=MAX_EXTEND_WINDOW_SECONDS), about("延时窗口（秒）", "Soft close (s)")] | None = None
    extend_limit_seconds: Annotated[
        int, Meta(ge=0, le=MOST_EXTEND_LIMIT_SECONDS), about("延时上限（秒）", "Latest end after the planned one (s)")
    ] = int(EXTEND_LIMIT.total_seconds())

    def to_plan(self) -> Plan:
        """Raises InvalidInput."""
        moments = to_moments({"start_at": self.start_at, "end_at": self.end_at})
        return Plan(
            issue=self.issue,
            start_at=moments["start_at"],
            end_at=moments["end_at"],
            step=self.step,
            extend_window=self.extend_window,
            extend_limit_seconds=self.extend_limit_seconds,
        )


class ProblemShape(Struct):
    """What is wrong with one cell: `line` 0 is the whole sheet. `reason` is `kind` or `kind:parameter`, `text` what the cell holds."""

    line: int
    column: str
    reason: str
    text: str

    @classmethod
    def of(cls, problem: Problem) -> ProblemShape:
        return cls(problem.line, problem.column, problem.reason, problem.text)


class PreviewShape(Struct):
    """A lot as it would be sold, with its line in the sheet."""

    line: int
    sn: str
    category: str
    score: str
    sn_no: str
    low_price: int
    top_price: int
    step: int
    extend_window_seconds: int

    @classmethod
    def of(cls, line: int, terms: Terms) -> PreviewShape:
        texts = (terms.sn, terms.category, terms.score, terms.sn_no)
        return cls(line, *texts, terms.low_price, terms.top_price, terms.step, terms.extend_window_seconds)


class JobShape(Struct):
    """`done` of `total` pictures and lots are there. `more_problems`: how many beyond those that are told. `failure`: why it stopped."""

    id: str
    name: str
    issue: int
    start_at: DocumentTime
    end_at: DocumentTime
    state: JobState
    made_at: DocumentTime
    lots: int
    done: int
    total: int
    group_id: int | None
    failure: str | None
    problems: list[ProblemShape]
    more_problems: int

    @classmethod
    def of(cls, job: Job) -> JobShape:
        return cls(
            id=job.id,
            name=job.name,
            issue=job.plan.issue,
            start_at=document_time(job.plan.start_at),
            end_at=document_time(job.plan.end_at),
            state=job.state,
            made_at=document_time(job.made_at),
            lots=job.lots,
            done=job.done,
            total=job.total,
            group_id=job.group_id,
            failure=job.failure,
            problems=[ProblemShape.of(problem) for problem in job.problems],
            more_problems=job.more_problems,
        )


class LookShape(Struct):
    """`goods` is what would be sold, as long as nothing is."""

    job: JobShape
    goods: list[PreviewShape]

    @classmethod
    def of(cls, preview: Preview) -> LookShape:
        return cls(JobShape.of(preview.job), [PreviewShape.of(line, terms) for line, terms in preview.goods])


@routes.post(
    "/imports", access=AUCTIONEER, pace=UPLOADS, status=201, max_body_bytes=MOST_BYTES, raises=(EndsTooEarly, IssueExists)
)
async def look_at_import(call: Call, body: Upload, query: PlanQuery) -> LookShape:
    """检查表格

    A .csv or .xlsx of at most 8 MB, as the file of a form or as the body. Nothing is sold; every problem of every row is told."""
    looked = await call.services.auctions.import_jobs.look_at(body.content, query.name, query.to_plan(), call.caller.id)
    return LookShape.of(looked)


@routes.get("/imports", access=AUCTIONEER)
async def list_imports(call: Call) -> list[JobShape]:
    """导入记录

    The newest 20."""
    return [JobShape.of(job) for job in await call.services.auctions.import_jobs.list_jobs(MOST_JOBS)]


@routes.get("/imports/{import_id}", access=AUCTIONEER)
async def get_import(call: Call, import_id: str) -> LookShape:
    """导入进度"""
    return LookShape.of(await call.services.auctions.import_jobs.get(import_id))


@routes.post("/imports/{import_id}/start", access=AUCTIONEER, raises=(AlreadyBegun,))
async def start_import(call: Call, import_id: str) -> JobShape:
    """开始导入

    Goes on by itself; one that failed may be started again. The issue is on sale whole or not at all."""
    return JobShape.of(await call.services.auctions.import_jobs.begin(import_id))
