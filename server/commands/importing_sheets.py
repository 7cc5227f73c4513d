"""What the commands that import a sheet share: their file, their database, and what they say of a sheet that is refused."""
from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from server.commands.statuses import FAILED
from server.config import Config
from server.domain.auctions.imports import PICTURES, GoodsRefused, Problem
from server.domain.errors import DomainError
from server.outside.sheets import SUFFIXES, Sheet, SheetNotReadable, read_sheet
from server.process.embedded import EmbeddedServices
from server.storage.mongo import Mongo

PROBLEMS_SHOWN = 100  # more lines than that are a file of another kind
TEXT_SHOWN = 40
NAME_SHOWN = 200  # of a picture: addresses differ at their ends

# Problem.reason → what is said of the cell
SENTENCES = {
    "missing": "the column is missing",
    "required": "is empty",
    "unknown": "{text} stands in a column of no meaning here",
    "too_long": "is longer than {parameter} characters: {text}",
    "not_whole": "{text} is not a whole number{of_unit}",
    "at_least": "{text} is less than {parameter}{unit}",
    "at_most": "{text} is more than {parameter}{unit}",
    "unseen": "{text} has a character that is not seen ({parameter})",
    "mixed": "{text} mixes letters of alphabets that look alike",
    "looks_like": "{text} looks like what stands on line {parameter}, and differs",
    "formula": "is a formula, and the file does not hold what it makes",
    "merged": "is merged with other cells ({parameter})",
    "hidden_row": "stands in a hidden row: show the row or delete it",
    "hidden_column": "stands in a hidden column: show the column or delete it",
    "hidden_zero": "holds a zero that the sheet does not show",
    "struck": "{text} is struck out",
    "error": "{text} is an error of the sheet",
    "too_narrow": "{text} is what a sheet shows of a number in a narrow column",
    "boolean": "{text} is a truth value, not a text",
    "date": "{text} is a date: type it again in a column formatted as text",
    "digits": "{text} has more digits than a sheet keeps of a number: type it again in a column formatted as text",
    "power": "{text} is shown in powers of ten: type it again in a column formatted as text",
    "rounded": "{text} is shown rounded",
    "format": "{text} is shown otherwise, by the number format {parameter}",
}

T = TypeVar("T")


@dataclass(frozen=True)
class Wording:
    """How one command speaks: of an empty sheet, of further reasons, in which units, and of what else went wrong."""

    empty: str
    sentences: Mapping[str, str]
    explain: Callable[[DomainError], str]
    unit: Callable[[str], str] = lambda column: ""

    def lines(self, name: str, refused: GoodsRefused) -> list[str]:
        """Of a sheet that is refused."""
        if not refused.found:
            return [f"{name} {self.empty}"]
        lines = [f"{name}{_at(problem.line)}: {self._sentence(problem)}" for problem in refused.found[:PROBLEMS_SHOWN]]
        if len(refused.found) > PROBLEMS_SHOWN:
            lines.append(f"… and {len(refused.found) - PROBLEMS_SHOWN} problems more")
        return [*lines, "nothing was imported"]

    def _sentence(self, problem: Problem) -> str:
        kind, _, parameter = problem.reason.partition(":")
        most = NAME_SHOWN if problem.column == PICTURES else TEXT_SHOWN
        shown = problem.text if len(problem.text) <= most else problem.text[:most] + "…"
        text = f'"{repr(shown)[1:-1]}"'  # repr: a control character in the file does nothing to the terminal
        if not problem.column:
            return f"{text} stands beside the columns"
        unit = self.unit(problem.column)
        facts = {"text": text, "parameter": parameter.replace("|", ", "), "unit": unit and f" {unit}", "of_unit": unit and f" of {unit}"}
        return f"{problem.column}: {(SENTENCES | dict(self.sentences))[kind].format_map(facts)}"


def _at(line: int) -> str:
    return f" line {line}" if line else ""


def add_file_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=_sheet_path, metavar="FILE.csv|.xlsx")


def import_sheet(path: Path, put: Callable[[Sheet], None], wording: Wording) -> int:
    """Says every problem of the file. Status 1 when nothing was imported."""
    try:
        put(_read(path))
    except SheetNotReadable as error:
        return _fail(f"{path.name} {error}")
    except GoodsRefused as error:
        return _fail(*wording.lines(path.name, error))
    except DomainError as error:
        return _fail(wording.explain(error))
    return 0


def escaped(text: str) -> str:
    """Such that nothing in it does anything to a terminal."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def _read(path: Path) -> Sheet:
    try:
        return read_sheet(path)
    except OSError as error:
        raise SheetNotReadable(f"cannot be read: {error.strerror}") from None
    except MemoryError:
        raise SheetNotReadable("needs more memory than there is") from None


def run_on_database(config: Config, work: Callable[[Mongo], Coroutine[Any, Any, T]]) -> T:
    """Beside a running server or without one."""
    embedded = EmbeddedServices(config)
    try:
        return asyncio.run(_run(embedded.start_or_join(), work))
    finally:
        embedded.stop()


async def _run(config: Config, work: Callable[[Mongo], Coroutine[Any, Any, T]]) -> T:
    assert config.mongodb_url is not None
    mongo = Mongo(config.mongodb_url, config.mongodb_database)
    try:
        await mongo.create_indexes()
        return await work(mongo)
    finally:
        mongo.close()


def _fail(*lines: str) -> int:
    print("\n".join(map(escaped, lines)), file=sys.stderr)
    return FAILED


def _sheet_path(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in SUFFIXES:
        raise argparse.ArgumentTypeError(f"{escaped(text)} is neither .csv nor .xlsx")
    try:
        path.open("rb").close()
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{escaped(text)}: {error.strerror}") from None
    return path
