"""What a file is by its first bytes and not by its name (类型识别): a short table, and what is never let in."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from typing import IO

from guiju.files.naming import ending_of
from guiju.kernel.errors import Refused
from guiju.sheets.sniffing import OLE, ZIP

OTHER = "application/octet-stream"
HEAD = 4096
"""So many bytes from the beginning decide."""

_MAGIC: tuple[tuple[bytes, int, str], ...] = (
    (b"%PDF-", 0, "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF87a", 0, "image/gif"),
    (b"GIF89a", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"BM", 0, "image/bmp"),
    (b"II*\x00", 0, "image/tiff"),
    (b"MM\x00*", 0, "image/tiff"),
    (b"ftypheic", 4, "image/heic"),
    (b"ftypmif1", 4, "image/heic"),
    (b"ftyp", 4, "video/mp4"),
    (b"ID3", 0, "audio/mpeg"),
    (b"\xff\xfb", 0, "audio/mpeg"),
    (b"#!AMR", 0, "audio/amr"),
    (b"WAVE", 8, "audio/wav"),
    (b"7z\xbc\xaf\x27\x1c", 0, "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", 0, "application/vnd.rar"),
    (b"\x1f\x8b", 0, "application/gzip"),
    (b"{\\rtf", 0, "application/rtf"),
)
_PROGRAMS: tuple[bytes, ...] = (
    b"MZ",
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"#!/",
    b"L\x00\x00\x00\x01\x14\x02\x00",
    b"dex\n",
    b"\x00asm",
)
_PROGRAM_ENDINGS = frozenset(
    [
        "exe",
        "dll",
        "com",
        "scr",
        "pif",
        "msi",
        "msp",
        "cpl",
        "jar",
        "apk",
        "bat",
        "cmd",
        "ps1",
        "psm1",
        "vbs",
        "vbe",
        "js",
        "jse",
        "mjs",
        "wsf",
        "wsh",
        "hta",
        "lnk",
        "reg",
        "sh",
        "bash",
        "scf",
        "inf",
        "iso",
        "img",
        "vhd",
        "appx",
        "msix",
        "app",
        "dmg",
        "pkg",
        "deb",
        "rpm",
        "xll",
        "xlam",
        "docm",
        "dotm",
        "xlsm",
        "xltm",
        "pptm",
        "potm",
        "ppam",
        "html",
        "htm",
        "xhtml",
        "mht",
        "mhtml",
        "svg",
        "svgz",
        "xml",
        "xsl",
        "xslt",
        "swf",
        "url",
        "website",
        "chm",
    ]
)
_OPEN_XML: Mapping[str, str] = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_BY_OLE_ENDING: Mapping[str, str] = {
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "wps": "application/vnd.ms-works",
    "et": "application/vnd.ms-excel",
    "msg": "application/vnd.ms-outlook",
    **dict.fromkeys(("docx", "xlsx", "pptx"), "application/x-ole-storage"),
}
"""By their ending, since all of them begin alike; a docx that is one has a password."""
_ENDINGS_OF: Mapping[str, tuple[str, ...]] = {
    "application/pdf": ("pdf",),
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("docx", "wps"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("xlsx", "et"),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ("pptx", "dps"),
    "application/zip": ("zip", "ofd"),
}
_MARKUP = (b"<!doctype", b"<html", b"<svg", b"<?xml", b"<script", b"<body", b"<head", b"<iframe")


def media_type_of(name: str, head: bytes, whole: IO[bytes]) -> str:
    """The media type by content; raises `Refused` for what runs, or would run in a browser.

    A name that says something else than the content is refused, too: whoever opens it expects what it says.
    """
    ending = ending_of(name)
    if head.startswith(_PROGRAMS) and (b"\x00" in head or head.startswith(b"#!/")):
        raise Refused("file_program", f"“{name}”是程序或脚本，不收：有需要的，请打印成 PDF 或截图", field="upload")
    if ending in _PROGRAM_ENDINGS or head.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(_MARKUP):
        raise Refused(
            "file_program",
            f"“{name}”是程序、网页或带宏的文档，打开时可能运行，不收：请另存为 PDF、docx 或 xlsx",
            field="upload",
        )
    found = _by_content(ending, head, whole)
    _refuse_disguise(name, ending, found)
    return found


def _by_content(ending: str, head: bytes, whole: IO[bytes]) -> str:
    if head.startswith(ZIP):
        return _in_zip(whole)
    if head.startswith(OLE):
        return _BY_OLE_ENDING.get(ending, OTHER)
    for magic, at, found in _MAGIC:
        if head[at : at + len(magic)] == magic:
            return found
    if b"\x00" not in head or head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "text/csv" if ending == "csv" else "text/plain"
    return OTHER


def _in_zip(whole: IO[bytes]) -> str:
    """By the names in an archive: nothing is unpacked."""
    try:
        with zipfile.ZipFile(whole) as archive:
            names = archive.namelist()
            first = archive.infolist()[:1]
            # The standard puts the type of an OpenDocument first, and not compressed: no bomb fits into it.
            is_typed = bool(first) and first[0].filename == "mimetype" and first[0].file_size == len(_ODS)
            is_typed = is_typed and first[0].compress_type == zipfile.ZIP_STORED and not first[0].flag_bits & 1
            kind = archive.read("mimetype") if is_typed else b""
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, EOFError):
        return "application/zip"
    finally:
        whole.seek(0)
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Refused("file_program", "带宏的文档，打开时可能运行，不收：请另存为不带宏的 docx 或 xlsx", field="upload")
    if "[Content_Types].xml" in names:
        for folder, found in _OPEN_XML.items():
            if any(name.startswith(folder) for name in names):
                return found
    return "application/vnd.oasis.opendocument.spreadsheet" if kind == _ODS else "application/zip"


_ODS = b"application/vnd.oasis.opendocument.spreadsheet"


def _refuse_disguise(name: str, ending: str, found: str) -> None:
    """A known ending that stands for something else than the content."""
    is_claimed = any(ending in endings for endings in _ENDINGS_OF.values())
    if is_claimed and ending not in _ENDINGS_OF.get(found, ()) and found not in _BY_OLE_ENDING.values():
        raise Refused(
            "file_disguised",
            f"“{name}”的内容不是 {ending}，文件名与内容不符，不收：请核对是不是选错了文件，或者文件已损坏",
            field="upload",
        )
