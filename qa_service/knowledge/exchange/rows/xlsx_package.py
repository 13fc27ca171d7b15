"""A safe copy of an XLSX package, with nothing in it but what the reader needs.

Every part that is kept passes a streaming parser first: a document type declaration, which no
spreadsheet program writes, is refused wherever it stands and in whatever encoding, and a part
with more elements than any honest one is refused before a tree of them is built. Properties,
themes, pictures and the like are left out, so that a fault there (WPS writes dates that are no
dates into docProps/core.xml) does not make the table unreadable. Names of Strict Open XML
(ISO/IEC 29500-1) become those of the transitional form, which openpyxl knows.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from tempfile import TemporaryFile
from typing import IO, NoReturn
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile, ZipInfo
from zlib import error as InflateError  # noqa: N812 - zlib names its exception like a module

from qa_service.knowledge.exchange.rows.source_row import SourceFile, UnreadableFileError

UNPACKED_BYTES = 256 << 20
"""Greatest unpacked size of a workbook in bytes; 100,000 rows are far below."""
PART_BYTES = 16 << 20
"""Greatest unpacked size in bytes of a part other than sheets and the table of texts."""
PARTS = 5_000
"""Greatest number of parts of a package."""
GROUPS = 2_000_000
"""Greatest number of rows of a sheet, or of texts in the table of texts."""
GROUP_ELEMENTS = 100_000
"""Greatest number of XML elements in one row or text, and of those outside all of them."""

_CHUNK = 1 << 18
_OLD_OR_ENCRYPTED = bytes.fromhex("D0CF11E0A1B11AE1")
_NOT_NEEDED = re.compile(
    r"(^|/)(docProps|customXml|theme|media|drawings|charts|externalLinks|pivotTables|pivotCache"
    r"|comments\d*|threadedComments|persons|printerSettings|embeddings|activeX|ctrlProps|slicers"
    r"|queryTables|tables|richData|calcChain)(/|\.xml|$)",
    re.IGNORECASE,
)
_STREAMED = re.compile(r"(^|/)(worksheets/[^/]*|sharedStrings)\.xml$", re.IGNORECASE)
_MAIN = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_GROUPS = {f"{main} worksheet": (3, f"{main} row") for main in _MAIN} | {
    f"{main} sst": (2, f"{main} si") for main in _MAIN
}
"""Depth and name of the elements that openpyxl forgets once it has read them, by the root."""
_STRICT_NAMES = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")
_STRICT_MARK = b"http://purl.oclc.org/ooxml/"
_TRANSITIONAL = b"http://schemas.openxmlformats.org/%b/2006/"


def open_package(file: SourceFile) -> IO[bytes]:
    """Return a safe copy of the workbook as a temporary file, which the caller closes.

    Raises UnreadableFileError for a file that is no XLSX or not safe to read.
    """
    _refuse_old(file)
    try:
        archive = ZipFile(file.path)
    except BadZipFile:
        raise UnreadableFileError(f"{file.name} 不是 Excel 文件，请另存为 .xlsx 再试") from None
    copy: IO[bytes] = TemporaryFile()  # noqa: SIM115 - the caller closes it
    try:
        with archive, ZipFile(copy, "w") as kept:
            for part in _parts(archive, file):
                with archive.open(part) as opened, kept.open(part.filename, "w") as target:
                    _copy(opened, target, file)
    except (BadZipFile, InflateError, NotImplementedError, RuntimeError, EOFError):
        copy.close()
        raise damaged(file) from None
    except BaseException:
        copy.close()
        raise
    copy.seek(0)
    return copy


def _refuse_old(file: SourceFile) -> None:
    """Raise UnreadableFileError for a workbook of the old format or with a password."""
    with file.path.open("rb") as opened:
        if opened.read(len(_OLD_OR_ENCRYPTED)) == _OLD_OR_ENCRYPTED:
            message = f"{file.name} 是旧版（.xls、.et）或加密的表格，请去掉密码并另存为 .xlsx"
            raise UnreadableFileError(message)


def _parts(archive: ZipFile, file: SourceFile) -> Iterator[ZipInfo]:
    """Yield the parts to be kept; raises UnreadableFileError for too many or too large ones."""
    names = list(dict.fromkeys(archive.namelist()))
    parts = [archive.getinfo(name) for name in names]
    if sum(part.file_size for part in parts) > UNPACKED_BYTES or len(parts) > PARTS:
        message = f"{file.name} 解压后超过 {UNPACKED_BYTES >> 20} MB，请删去图片和空白区域再试"
        raise UnreadableFileError(message)
    for part in parts:
        is_xml = PurePosixPath(part.filename).suffix.lower() in {".xml", ".rels"}
        if not is_xml or _NOT_NEEDED.search(part.filename):
            continue
        if part.file_size > PART_BYTES and not _STREAMED.search(part.filename):
            raise too_much_format(file)
        yield part


def _copy(opened: IO[bytes], target: IO[bytes], file: SourceFile) -> None:
    """Copy a part while it is checked; raises UnreadableFileError for one that is not safe."""
    check = _PartCheck(file)
    held = b""
    while chunk := opened.read(_CHUNK):
        check.feed(chunk)
        # A name cut in two by the end of a chunk waits for the next one.
        text = held + chunk
        cut = max(text.rfind(b">") + 1, len(text) - _CHUNK)
        target.write(_transitional(text[:cut]))
        held = text[cut:]
    check.close()
    target.write(_transitional(held))


def _transitional(xml: bytes) -> bytes:
    """Return XML with the names of Strict Open XML replaced by those of the transitional form."""
    if _STRICT_MARK not in xml:
        return xml
    return _STRICT_NAMES.sub(lambda found: _transitional_name(found[1]), xml)


def _transitional_name(room: bytes) -> bytes:
    """Return the beginning of a transitional namespace of ``room`` (spreadsheetml, …)."""
    return _TRANSITIONAL % room


class _PartCheck:
    """Checks a part as it is read, without keeping it."""

    def __init__(self, file: SourceFile) -> None:
        self._file = file
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartDoctypeDeclHandler = self._refuse_declaration
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._group: tuple[int, str] | None = None
        self._depth = 0
        self._groups = 0
        self._outside = 0
        self._inside: int | None = None

    def feed(self, chunk: bytes) -> None:
        """Check the next piece; raises UnreadableFileError."""
        try:
            self._parser.Parse(chunk, False)
        except expat.ExpatError:
            raise damaged(self._file) from None

    def close(self) -> None:
        """Check that the part is complete; raises UnreadableFileError."""
        try:
            self._parser.Parse(b"", True)
        except expat.ExpatError:
            raise damaged(self._file) from None

    def _refuse_declaration(self, *_declared: object) -> NoReturn:
        # Entities could refer to files of this machine (XXE) or grow without bound.
        message = f"{self._file.name} 含有不允许的 XML 声明（DOCTYPE），请用 Excel 另存后再试"
        raise UnreadableFileError(message)

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1:
            self._group = _GROUPS.get(name)
        if (self._depth, name) == self._group:
            self._groups, self._inside = self._groups + 1, 0
        elif self._inside is not None:
            self._inside += 1
        else:
            self._outside += 1
        if self._groups > GROUPS or max(self._inside or 0, self._outside) > GROUP_ELEMENTS:
            raise too_much_format(self._file)

    def _end(self, name: str) -> None:
        if (self._depth, name) == self._group:
            self._inside = None
        self._depth -= 1


def too_much_format(file: SourceFile) -> UnreadableFileError:
    """Return the error of a workbook with more formatting than a table can need."""
    message = f"{file.name} 的格式内容过多（如合并单元格、样式），请把数据粘贴到导入模板再试"
    return UnreadableFileError(message)


def damaged(file: SourceFile) -> UnreadableFileError:
    """Return the error of a workbook that cannot be read although it is one."""
    message = (
        f"{file.name} 已损坏或不是标准的 .xlsx，请新建一个工作簿，把数据粘贴进去（只粘贴数值），"
        "另存为“Excel 工作簿 (*.xlsx)”或“CSV UTF-8”再试"
    )
    return UnreadableFileError(message)
