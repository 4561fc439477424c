"""What a file is, by its first bytes and not by its name (文件类型)."""

from __future__ import annotations

import io
import zipfile

import pytest

from guiju.files.sniffing import media_type_of
from guiju.kernel.errors import Refused

_KIND = b"application/vnd.oasis.opendocument.spreadsheet"


def archive(kind: bytes = _KIND, *, how: int = zipfile.ZIP_STORED, encrypted: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as made:
        made.writestr("mimetype", kind)
    content = bytearray(out.getvalue())
    if encrypted:
        for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            content[content.index(signature) + at] |= 1
    return bytes(content)


def kind_of(content: bytes) -> str:
    try:
        return media_type_of("表.ods", content[:4096], io.BytesIO(content))
    except Refused as refusal:
        return refusal.code


def test_an_open_document_is_known_by_its_first_entry() -> None:
    assert kind_of(archive()) == _KIND.decode()


@pytest.mark.parametrize(
    "content",
    [
        archive(encrypted=True),
        archive(how=zipfile.ZIP_DEFLATED),
        archive(how=zipfile.ZIP_DEFLATED).replace(b"\x4b\x2c", b"\xff\xff"),
        archive()[:-30],
    ],
)
def test_an_odd_archive_is_none_and_breaks_nothing(content: bytes) -> None:
    assert kind_of(content) != _KIND.decode()
