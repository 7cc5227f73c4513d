"""Workbooks as they stand in the file: for what no library writes."""
from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEADINGS = ("sn", "category", "score", "sn_no", "low_price", "top_price", "step")
GOOD = ("U9T0069000", "龙钞补号", "67E", "豹子号", "20000", "40000", "500")


def text(value: str) -> str:
    """A cell with a text in itself."""
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def number(raw: str, style: int = 0) -> str:
    return f'<c s="{style}"><v>{raw}</v></c>'


def row(*cells: str, about: str = "") -> str:
    return f"<row {about}>{''.join(cells)}</row>"


def good_row(sn: str = text(GOOD[0]), *, about: str = "", **cells: str) -> str:
    """Like GOOD, with other cells in some columns."""
    usual = {name: number(value) if value.isdigit() else text(value) for name, value in zip(HEADINGS, GOOD)}
    return row(*{**usual, "sn": sn, **cells}.values(), about=about)


def worksheet(*rows: str, before: str = "", after: str = "", headings: Sequence[str] = HEADINGS) -> str:
    data = row(*map(text, headings)) + "".join(rows)
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{data}</sheetData>{after}</worksheet>'


def styles(*formats: str, fonts: Sequence[str] = ("<font/>",), font: int = 0) -> str:
    """A style for each format, from 1 on, all in one font."""
    codes = "".join(f'<numFmt numFmtId="{164 + at}" formatCode={quoteattr(code)}/>' for at, code in enumerate(formats))
    looks = "".join(f'<xf numFmtId="{164 + at}" fontId="{font}"/>' for at in range(len(formats)))
    return (
        f'<styleSheet xmlns="{MAIN}"><numFmts>{codes}</numFmts><fonts>{"".join(fonts)}</fonts>'
        f'<cellXfs><xf numFmtId="0" fontId="0"/>{looks}</cellXfs></styleSheet>'
    )


def make_book(
    sheets: str | Mapping[str, str],
    *,
    styles: str | None = None,
    strings: str | None = None,
    states: Mapping[str, str] | None = None,
    about: str = "",
    more: Mapping[str, bytes] | None = None,
) -> bytes:
    """A workbook of these worksheets."""
    named = {"Sheet1": sheets} if isinstance(sheets, str) else sheets
    states = states or {}
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{at}" state="{states.get(name, "visible")}" r:id="rId{at}"/>'
        for at, name in enumerate(named, start=1)
    )
    parts = {f"xl/worksheets/sheet{at}.xml": content for at, content in enumerate(named.values(), start=1)}
    targets = {f"rId{at}": ("worksheet", f"worksheets/sheet{at}.xml") for at in range(1, len(named) + 1)}
    for kind, content in (("styles", styles), ("sharedStrings", strings)):
        if content is not None:
            parts[f"xl/{kind}.xml"] = content
            targets[kind] = (kind, f"/xl/{kind}.xml")
    parts |= {
        "_rels/.rels": _relations({"rId1": ("officeDocument", "xl/workbook.xml")}),
        "xl/_rels/workbook.xml.rels": _relations(targets),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}">{about}<sheets>{listed}</sheets></workbook>',
    }
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
        for name, binary in (more or {}).items():
            archive.writestr(name, binary)
    return file.getvalue()


def save(tmp_path: Path, content: bytes, name: str = "goods.xlsx") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def _relations(targets: Mapping[str, tuple[str, str]]) -> str:
    listed = "".join(f'<Relationship Id="{id}" Type="{DOCUMENT}/{kind}" Target="{path}"/>' for id, (kind, path) in targets.items())
    return f'<Relationships xmlns="{PACKAGE}">{listed}</Relationships>'
