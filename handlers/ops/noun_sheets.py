"""Sheets of a noun's things: looked at first, with every problem by row and column, and then taken in."""
from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from handlers.ops.noun_endpoints import FindService
from handlers.ops.noun_shapes import shown, whole_of
from server.domain.auctions.imports import Problem
from server.domain.changes import Cause
from server.domain.errors import InvalidInput
from server.domain.nouns import Noun, NounService
from server.web.call import Call
from server.web.dialect import problem_text
from server.web.inputs import Input, Upload

MOST_SHEET_BYTES = 4 * 2**20
MOST_PROBLEMS = 1000  # a file with more is one of another kind
MOST_REASON_CHARACTERS = 200

PREVIEW = """导入预览

What the sheet (.csv or .xlsx, as the file of a form or as the body) would add, and every problem by row and column; nothing is
written. Columns are called as in the export; those that nobody decides are passed over."""
IMPORT = """导入

All of the sheet or, with 422 and each problem by `row.column`, nothing. Rows are added one after the other: one that is refused for
what happened meanwhile, or for a row above it, ends it, and those above it stay."""


class ThingShape(Struct):
    """`line`: where it stands in the sheet; `thing`: as a form would send it."""

    line: Annotated[int, Meta(description="行号")]
    thing: dict[str, Any]


class CellProblemShape(Struct):
    """`reason` is for programs, `message` for people."""

    line: Annotated[int, Meta(description="行号")]
    column: Annotated[str, Meta(description="列名")]
    text: str
    reason: str
    message: str

    @classmethod
    def of(cls, problem: Problem, language: str) -> CellProblemShape:
        return cls(problem.line, problem.column, problem.text, problem.reason, problem_text(problem.reason, language))


class ThingsPreviewShape(Struct):
    things: list[ThingShape]
    problems: list[CellProblemShape]
    problem_count: int


class SheetEndpoints:
    """What the routes of one noun's sheets do; `form` is what one thing is added by."""

    def __init__(self, noun: Noun[Any], find_service: FindService, form: Input[Any]):
        self._noun = noun
        self._find = find_service
        self._form = form

    async def preview(self, call: Call, body: Upload) -> ThingsPreviewShape:
        read, problems = await self._read(call, body)
        told = [CellProblemShape.of(one, call.language) for one in problems[:MOST_PROBLEMS]]
        return ThingsPreviewShape([ThingShape(line, shown(terms)) for line, terms in read], told, len(problems))

    async def take_in(self, call: Call, body: Upload) -> list[dict[str, Any]]:
        read, problems = await self._read(call, body)
        if problems:
            raise InvalidInput({f"{one.line}.{one.column}": [one.reason] for one in problems[:MOST_PROBLEMS]})
        service: NounService[Any] = self._find(call.services)
        cause = Cause(call.caller.id, body.name[-MOST_REASON_CHARACTERS:])
        return [shown(service.rules.show(await service.add(terms, cause))) for _, terms in read]

    async def _read(self, call: Call, body: Upload) -> tuple[list[tuple[int, Struct]], list[Problem]]:
        """Line and terms of each row that could be added, and what is wrong with the others."""
        service: NounService[Any] = self._find(call.services)
        rows, problems = await call.services.ops.sheets.read(self._noun, body.content, body.name)
        unread = {(one.line, one.column) for one in problems}
        made = []
        for row in rows:
            try:
                terms = whole_of(self._form.of(row.values), self._noun.new or self._noun.terms)
                await service.try_out(terms)
                made.append((row.line, terms))
            except InvalidInput as refused:
                # A cell that could not be read is missing: that is said once.
                problems += [one for one in row.problems_of(refused) if (one.line, one.column) not in unread]
        return made, sorted(problems, key=lambda one: one.line)
