"""The parts of a workbook: XML documents in an archive, read as a stream and within bounds."""
from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import NoReturn
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from server.outside.sheets.cells import SheetNotReadable
from server.outside.sheets.kinds import PROTECTED, find_other_archive

# Of all parts that are read, unpacked. 20,000 lots of eight columns are 12 MB and 350,000 elements.
MAX_BYTES = 64 * 2**20
MAX_ELEMENTS = 1_000_000
MAX_DIRECTORY_BYTES = 2**18  # some thousand parts: pictures are parts
CHUNK_BYTES = 2**16

_END = struct.Struct("<4s4H2LH")  # the end of an archive: signature, disks, counts, size and place of the directory, comment
_END_64 = b"PK\x06\x07"
_MAX_COMMENT_BYTES = 2**16
_ENCRYPTED = 1
_NAMESPACES = ("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main")
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"

Starts = Mapping[str, Callable[[dict[str, str]], None]]
Ends = Mapping[str, Callable[[], None]]


class Reader:
    """What happens at the elements of a part; names without a namespace. Subclasses fill the maps."""

    starts: Starts = {}
    ends: Ends = {}
    text: Callable[[str], None] | None = None  # what happens at texts


class Archive:
    """A workbook's archive. Every method raises SheetNotReadable where it is damaged, protected or larger than an import reads."""

    def __init__(self, content: bytes):
        _check_directory(content)
        try:
            self._archive = ZipFile(io.BytesIO(content))
        except (BadZipFile, ValueError, NotImplementedError, struct.error) as error:  # damaged, or of a kind zipfile cannot read
            raise no_workbook(error) from None
        parts = self._archive.infolist()
        self._parts = {part.filename: part for part in parts}
        if len(self._parts) < len(parts):
            raise no_workbook("it has two parts of one name")
        if (kind := find_other_archive(self._parts)) is not None:
            raise SheetNotReadable(kind)
        self._bytes_left = MAX_BYTES
        self._elements_left = MAX_ELEMENTS

    def has(self, name: str) -> bool:
        return name in self._parts

    def read(self, name: str, reader: Reader) -> None:
        """Takes the reader through a part."""
        part = self._parts.get(name)
        if part is None:
            raise no_workbook(f"{name} is missing")
        if part.file_size > self._bytes_left:  # before a byte of it is unpacked
            _refuse_size()
        parser = self._parser(reader)
        try:
            self._feed(part, parser)
        except (BadZipFile, zlib.error, EOFError, expat.ExpatError, NotImplementedError, ValueError, LookupError) as error:
            if isinstance(error, expat.ExpatError) and error.code == expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]:
                raise MemoryError from None
            raise no_workbook(f"{name}: {error}") from None

    def _feed(self, part: ZipInfo, parser: expat.XMLParserType) -> None:
        if part.flag_bits & _ENCRYPTED:
            raise SheetNotReadable(PROTECTED)
        if part.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise BadZipFile("it is packed in a way that workbooks are not")
        with self._archive.open(part) as opened:
            while chunk := opened.read(CHUNK_BYTES):
                self._bytes_left -= len(chunk)
                if self._bytes_left < 0:
                    _refuse_size()
                parser.Parse(chunk)
            parser.Parse(b"", True)

    def _parser(self, reader: Reader) -> expat.XMLParserType:
        starts = {f"{space} {name}": what for space in (*_NAMESPACES, _RELATIONS) for name, what in reader.starts.items()}
        ends = {f"{space} {name}": what for space in (*_NAMESPACES, _RELATIONS) for name, what in reader.ends.items()}

        def start(name: str, attributes: dict[str, str]) -> None:
            self._elements_left -= 1
            if self._elements_left < 0:
                raise SheetNotReadable(
                    "has more cells than an import reads, perhaps empty ones: copy the rows that are sold into a new workbook"
                )
            if (what := starts.get(name)) is not None:
                what(attributes)

        def end(name: str) -> None:
            if (what := ends.get(name)) is not None:
                what()

        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = reader.text
        parser.StartDoctypeDeclHandler = _refuse_doctype
        return parser


def no_workbook(why: object) -> SheetNotReadable:
    return SheetNotReadable(f"is no Excel workbook that can be read: {why}")


def _check_directory(content: bytes) -> None:
    """Before it becomes objects, of which a small archive may name a million."""
    at = content.rfind(b"PK\x05\x06", max(0, len(content) - _MAX_COMMENT_BYTES - _END.size))
    if at < 0 or len(content) < at + _END.size:
        return
    size = _END.unpack_from(content, at)[5]
    if size > MAX_DIRECTORY_BYTES or content[at - 20 : at].startswith(_END_64):
        raise SheetNotReadable("has more parts than a workbook: copy the rows that are sold into a new one")


def _refuse_size() -> NoReturn:
    raise SheetNotReadable(f"unpacks to more than {MAX_BYTES // 2**20} MB: copy the rows that are sold into a new workbook")


def _refuse_doctype(*_: object) -> NoReturn:
    raise ValueError("it declares a document type")
