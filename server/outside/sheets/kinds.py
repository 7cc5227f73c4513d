"""What a file is by its content and its name, where that is no sheet to import."""
from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

CSV, XLSX = ".csv", ".xlsx"
_SAVE_AS = "save it as .xlsx or as CSV UTF-8"
_OLD = f"is a workbook of Excel 97-2003 (.xls): {_SAVE_AS}"
_BINARY = f"is a binary workbook (.xlsb): {_SAVE_AS}"
_OPEN_DOCUMENT = f"is an OpenDocument sheet (.ods): {_SAVE_AS}"
_NUMBERS = f"is a document of Numbers: {_SAVE_AS}"
_WITH_MACROS = f"is a workbook with macros (.xlsm): {_SAVE_AS}"
_TEMPLATE = f"is a template of workbooks: {_SAVE_AS}"
_TEXT = "is a text without the name of a .csv: save it as CSV UTF-8"
PROTECTED = "is protected by a password: save it without one"

# Sheets of other kinds, by their names' ends; .csv and .xlsx are read
NAMED = {
    **dict.fromkeys((".xls", ".xlt", ".et", ".ett"), _OLD),
    **dict.fromkeys((".xltx", ".xltm"), _TEMPLATE),
    **dict.fromkeys((".ods", ".fods", ".ots"), _OPEN_DOCUMENT),
    **dict.fromkeys((".tsv", ".txt", ".prn"), _TEXT),
    **{".xlsb": _BINARY, ".xlsm": _WITH_MACROS, ".numbers": _NUMBERS},
}
SUFFIXES = frozenset({CSV, XLSX, *NAMED})

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BEFORE_OLE = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x08\x00", b"\x09\x08\x10\x00")
_WEB_PAGES = (b"<html", b"<!doctype html", b"<table", b"<meta", b"mime-version:")
_HEAD_BYTES = 4096


def find_other_kind(content: bytes, path: Path) -> str | None:
    """What the file is, if it is neither a .csv nor a .xlsx as its name says."""
    suffix = path.suffix.lower()
    if content.startswith(_OLE):
        return PROTECTED if "EncryptedPackage".encode("utf-16-le") in content else _OLD
    if content.startswith(_BEFORE_OLE):
        return _OLD
    if suffix == CSV:
        return "is an Excel workbook by the name of a .csv: name it .xlsx" if content.startswith(_ZIP) else None
    if suffix == XLSX:
        return _find_page(content[:_HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n").lower())
    return NAMED.get(suffix, "is neither .csv nor .xlsx")


def find_other_archive(names: Collection[str]) -> str | None:
    """What the archive with these parts is, if it is no .xlsx."""
    if "xl/workbook.bin" in names:
        return _BINARY
    if "content.xml" in names and "mimetype" in names:
        return _OPEN_DOCUMENT
    if any(name.startswith("Index/") or name == "Index.zip" for name in names):
        return _NUMBERS
    return None


def _find_page(head: bytes) -> str | None:
    if head.startswith(_WEB_PAGES):
        return f"is a web page by the name of a workbook: {_SAVE_AS}"
    if head.startswith(b"<?xml"):
        return f"is an XML document by the name of a workbook: {_SAVE_AS}"
    return None
