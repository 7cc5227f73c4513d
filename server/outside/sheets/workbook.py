"""Workbooks: finds the one sheet that a person sees, with the texts and styles that it uses."""
from __future__ import annotations

import posixpath
from typing import Any

from msgspec import Struct

from server.outside.sheets.archive import Archive, Reader, no_workbook
from server.outside.sheets.cells import SheetNotReadable
from server.outside.sheets.number_formats import BUILT_IN, GENERAL
from server.outside.sheets.worksheet import Look, Runs, Text, Worksheet, is_set

MAX_SHEETS = 50  # that are shown; each is looked into, as all but one must be empty
_ID = "relationships id"  # ends the attribute's name in each edition of the standard


def read_workbook(content: bytes) -> Worksheet:
    """The sheet that is shown; if several are, the one that holds something. Raises SheetNotReadable."""
    workbook = _Workbook(Archive(content))
    sheets = workbook.shown_sheets
    if not sheets:
        raise SheetNotReadable("has no sheet that is shown")
    if len(sheets) > MAX_SHEETS:
        raise SheetNotReadable(f"has more than {MAX_SHEETS} sheets")
    worksheets = [(sheet.name, workbook.read(sheet)) for sheet in sheets]
    filled = [(name, worksheet) for name, worksheet in worksheets if worksheet.lines] or worksheets[:1]
    if len(filled) > 1:
        names = ", ".join(f'"{name}"' for name, _ in filled)
        raise SheetNotReadable(f"shows {len(filled)} sheets that hold something ({names}): hide or remove all but one")
    return filled[0][1]


class _Workbook:
    """What the sheets of a workbook share."""

    def __init__(self, archive: Archive):
        self._archive = archive
        path = _Relations.of(archive, "").path_of("officeDocument")
        if path is None:
            raise no_workbook("it names no workbook")
        self._book, self._texts, self._styles = _Book(), _Texts(), _Styles()
        self._relations = _Relations.of(archive, path)
        archive.read(path, self._book)
        for kind, reader in (("sharedStrings", self._texts), ("styles", self._styles)):
            if (found := self._relations.path_of(kind)) is not None:
                archive.read(found, reader)

    @property
    def shown_sheets(self) -> list[_Named]:
        return [sheet for sheet in self._book.shown if self._relations.leads_to_worksheet(sheet.id)]

    def read(self, sheet: _Named) -> Worksheet:
        looks = self._styles.looks or [Look()]
        book = self._book
        worksheet = Worksheet(self._texts.texts, looks, is_1904=book.is_1904, is_calculated_anew=book.is_calculated_anew)
        self._archive.read(self._relations.paths[sheet.id], worksheet)
        return worksheet


class _Named(Struct, frozen=True):
    name: str
    id: str


class _Book(Reader):
    """The workbook's own part: its sheets in order."""

    def __init__(self) -> None:
        self.shown: list[_Named] = []
        self.is_1904 = False
        self.is_calculated_anew = False
        self.starts = {"sheet": self._note_sheet, "workbookPr": self._note_dates, "calcPr": self._note_calculation}

    def _note_sheet(self, attributes: dict[str, str]) -> None:
        if attributes.get("state", "visible") == "visible":
            self.shown.append(_Named(attributes["name"], next(text for name, text in attributes.items() if name.endswith(_ID))))

    def _note_dates(self, attributes: dict[str, str]) -> None:
        self.is_1904 = is_set(attributes, "date1904")

    def _note_calculation(self, attributes: dict[str, str]) -> None:
        self.is_calculated_anew = is_set(attributes, "fullCalcOnLoad")


class _Relations(Reader):
    """Where the parts are that another part uses."""

    def __init__(self, base: str):
        self._base = base
        self.paths: dict[str, str] = {}
        self._kinds: dict[str, str] = {}
        self.starts = {"Relationship": self._note}

    @classmethod
    def of(cls, archive: Archive, path: str) -> _Relations:
        folder, name = posixpath.split(path)
        relations = cls(folder)
        archive.read(posixpath.join(folder, "_rels", f"{name}.rels"), relations)
        return relations

    def path_of(self, kind: str) -> str | None:
        return next((self.paths[id] for id, one in self._kinds.items() if one == kind), None)

    def leads_to_worksheet(self, id: str) -> bool:
        """Rather than to a chart, which holds no cells."""
        return self._kinds.get(id) == "worksheet"

    def _note(self, attributes: dict[str, str]) -> None:
        if attributes.get("TargetMode") == "External":
            return
        path = posixpath.normpath(posixpath.join("/", self._base, attributes["Target"]))
        self.paths[attributes["Id"]] = path.lstrip("/")
        self._kinds[attributes["Id"]] = attributes["Type"].rpartition("/")[2]


class _Texts(Reader):
    """The texts that cells name by their number."""

    def __init__(self) -> None:
        self.texts: list[Text] = []
        self._runs = Runs()
        self.starts = {"t": self._runs.open, "rPh": self._runs.open_aid, "strike": self._runs.strike}
        self.ends = {"t": self._runs.close, "rPh": self._runs.close_aid, "si": self._take}
        self.text = self._runs.add

    def _take(self) -> None:
        self.texts.append(self._runs.take())


class _Styles(Reader):
    """The styles that cells name by their number."""

    def __init__(self) -> None:
        self.looks: list[Look] = []
        self._codes: dict[int, str] = dict(BUILT_IN)
        self._struck: list[bool] = []  # of each font
        self._place: str | None = None  # set inside of a list that counts
        places: dict[str, Any] = {name: lambda _, name=name: self._enter(name) for name in ("fonts", "cellXfs", "dxfs")}
        self.starts = {**places, "numFmt": self._note_code, "font": self._note_font, "strike": self._note_strike, "xf": self._note_look}
        self.ends = {name: self._leave for name in places}

    def _enter(self, name: str) -> None:
        self._place = name

    def _leave(self) -> None:
        self._place = None

    def _note_code(self, attributes: dict[str, str]) -> None:
        if self._place != "dxfs":  # those are of conditions
            self._codes[int(attributes["numFmtId"])] = attributes["formatCode"]

    def _note_font(self, attributes: dict[str, str]) -> None:
        if self._place == "fonts":
            self._struck.append(False)

    def _note_strike(self, attributes: dict[str, str]) -> None:
        if self._place == "fonts":
            self._struck[-1] = is_set(attributes, "val", otherwise=True)

    def _note_look(self, attributes: dict[str, str]) -> None:
        if self._place == "cellXfs":
            number, font = int(attributes.get("numFmtId", 0)), int(attributes.get("fontId", 0))
            code = self._codes.get(number, f"number {number}")
            self.looks.append(Look(code or GENERAL, self._struck[font] if font < len(self._struck) else False))
