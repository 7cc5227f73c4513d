"""导入拍品: a sheet and its pictures are looked at, then sold by one press; how far that is can be asked at any time. Money in fen."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.bidding.shapes import DocumentTime, document_time
from handlers.ops.noun_shapes import to_moments
from server.domain.auctions.desk.groups import MOST_EXTEND_LIMIT_SECONDS, EndAt, Issue, StartAt
from server.domain.auctions.import_archives import MAX_ARCHIVE_BYTES, PIECE_BYTES, Archive, ArchiveIncomplete
from server.domain.auctions.import_jobs import MAX_SHEET_BYTES, AlreadyBegun, Job, JobState, Offer, Plan, Preview
from server.domain.auctions.imports import EXTEND_LIMIT, MAX_EXTEND_WINDOW_SECONDS, EndsTooEarly, Problem
from server.domain.auctions.preparation import IssueExists
from server.domain.auctions.prices import MAX_PRICE
from server.domain.nouns import about
from server.domain.paces import UPLOADS
from server.domain.pictures import small
from server.web.access import AUCTIONEER
from server.web.call import Call
from server.web.inputs import Upload
from server.web.routing import Routes

routes = Routes()

FORM_BYTES = 64 * 1024  # what a form needs around its file
MOST_BYTES = MAX_SHEET_BYTES + FORM_BYTES
MOST_JOBS = 20
LONGEST_NAME = 200


class PlanQuery(Struct, kw_only=True):
    """On which terms it is sold. `step` and `extend_window` stand where the sheet says nothing; `name` is the file's.

    `archive_bytes`: how large the archive is that follows, `archive_name` its name."""

    issue: Issue
    start_at: StartAt
    end_at: EndAt
    name: Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME), about("文件名", "File")]
    step: Annotated[int, Meta(ge=1, le=MAX_PRICE), about("加价幅度", "Step", "money")] | None = None
    extend_window: Annotated[int, Meta(ge=0, le=MAX_EXTEND_WINDOW_SECONDS), about("延时窗口（秒）", "Soft close (s)")] | None = None
    extend_limit_seconds: Annotated[
        int, Meta(ge=0, le=MOST_EXTEND_LIMIT_SECONDS), about("延时上限（秒）", "Latest end after the planned one (s)")
    ] = int(EXTEND_LIMIT.total_seconds())
    archive_bytes: Annotated[int, Meta(ge=1, le=MAX_ARCHIVE_BYTES), about("图片包大小", "Size of the pictures' ZIP")] | None = None
    archive_name: Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME), about("图片包文件名", "The pictures' ZIP")] = "pictures.zip"

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

    def to_archive(self) -> Archive | None:
        return None if self.archive_bytes is None else Archive(self.archive_name, self.archive_bytes)


class ProblemShape(Struct):
    """What is wrong with one cell: `line` 0 is the whole sheet. `reason` is `kind` or `kind:parameter`, `text` what the cell holds."""

    line: int
    column: str
    reason: str
    text: str

    @classmethod
    def of(cls, problem: Problem) -> ProblemShape:
        return cls(problem.line, problem.column, problem.reason, problem.text)


class LotPictureShape(Struct):
    """`name`: the address in the sheet, or the path in the archive."""

    name: str
    address: str
    small_address: str


class PreviewShape(Struct):
    """A lot as it would be sold, with its line in the sheet and its pictures, the front first."""

    line: int
    sn: str
    category: str
    score: str
    sn_no: str
    low_price: int
    top_price: int
    step: int
    extend_window_seconds: int
    pictures: list[LotPictureShape]

    @classmethod
    def of(cls, offer: Offer) -> PreviewShape:
        terms = offer.terms
        texts = (terms.sn, terms.category, terms.score, terms.sn_no)
        pictures = [LotPictureShape(one.name, one.address, small(one.address)) for one in offer.pictures]
        return cls(offer.line, *texts, terms.low_price, terms.top_price, terms.step, terms.extend_window_seconds, pictures)


class ArchiveShape(Struct):
    """What the import waits for, in pieces of `piece_bytes`, the last of which has the rest."""

    name: str
    size: int
    piece_bytes: int

    @classmethod
    def of(cls, archive: Archive) -> ArchiveShape:
        return cls(archive.name, archive.size, PIECE_BYTES)


class JobShape(Struct):
    """`waiting`: for its archive, or to be looked at again. `looking`: `done` of `total` pictures are looked at; `running`: as many lots
    are there. `more_problems`: how many beyond those that are told. `failure`: why it stopped."""

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
    archive: ArchiveShape | None
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
            archive=None if job.archive is None else ArchiveShape.of(job.archive),
            problems=[ProblemShape.of(problem) for problem in job.problems],
            more_problems=job.more_problems,
        )


class LookShape(Struct):
    """`goods` is what would be sold, once its pictures are looked at and as long as nothing is."""

    job: JobShape
    goods: list[PreviewShape]

    @classmethod
    def of(cls, preview: Preview) -> LookShape:
        return cls(JobShape.of(preview.job), [PreviewShape.of(offer) for offer in preview.goods])


@routes.post(
    "/imports", access=AUCTIONEER, pace=UPLOADS, status=201, max_body_bytes=MOST_BYTES, raises=(EndsTooEarly, IssueExists)
)
async def look_at_import(call: Call, body: Upload, query: PlanQuery) -> LookShape:
    """检查表格

    A .csv or .xlsx of at most 8 MB, as the file of a form or as the body. Nothing is sold; every problem of every row is told.

    Where it is right, the pictures that it names are looked at next, by itself: the import is `looking`, and `ready` or `refused` then.
    With `archive_bytes` it is `waiting` for a ZIP of at most 512 MB and 10,000 files, each a picture of at most 12 MB, in
    `archive/{piece}`; `look` goes on. A file is that of the lot whose serial number is its name, the beginning of it or its folder
    (A1.jpg, A1-2.jpg, A1_back.png, A1/any.webp), or of the lot whose column `pictures` names it. A picture that is missing or none, and a
    file that is nobody's, is a problem."""
    jobs = call.services.auctions.import_jobs
    return LookShape.of(await jobs.look_at(body.content, query.name, query.to_plan(), call.caller.id, query.to_archive()))


@routes.get("/imports", access=AUCTIONEER)
async def list_imports(call: Call) -> list[JobShape]:
    """导入记录

    The newest 20."""
    return [JobShape.of(job) for job in await call.services.auctions.import_jobs.list_jobs(MOST_JOBS)]


@routes.get("/imports/{import_id}", access=AUCTIONEER)
async def get_import(call: Call, import_id: str) -> LookShape:
    """导入进度"""
    return LookShape.of(await call.services.auctions.import_jobs.get(import_id))


@routes.put(
    "/imports/{import_id}/archive/{piece}", access=AUCTIONEER, max_body_bytes=PIECE_BYTES + FORM_BYTES, raises=(AlreadyBegun,)
)
async def send_piece(call: Call, import_id: str, piece: int, body: Upload) -> JobShape:
    """上传图片包

    The pieces of the ZIP are counted from 1; one that is sent again replaces the first. What nobody has looked at within six hours is
    dropped."""
    return JobShape.of(await call.services.auctions.import_jobs.send_piece(import_id, piece, body.content))


@routes.post("/imports/{import_id}/look", access=AUCTIONEER, raises=(AlreadyBegun, ArchiveIncomplete))
async def look_at_pictures(call: Call, import_id: str) -> JobShape:
    """检查图片

    Of an import that is `waiting`; goes on by itself. One that stopped before its end may be looked at again."""
    return JobShape.of(await call.services.auctions.import_jobs.look(import_id))


@routes.post("/imports/{import_id}/start", access=AUCTIONEER, raises=(AlreadyBegun,))
async def start_import(call: Call, import_id: str) -> JobShape:
    """开始导入

    Goes on by itself; one that failed may be started again. The issue is on sale whole or not at all."""
    return JobShape.of(await call.services.auctions.import_jobs.begin(import_id))
