"""Sheets of the recovery key as people hold them (备份恢复单): on paper, and as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from guiju.database.embedded import private
from guiju.documents.ready_made import NOTICE
from guiju.documents.registry import Letterhead
from guiju.documents.typesetting import print_pdf
from guiju.kernel.crypto.shares import Share, printed
from guiju.kernel.errors import Refused, reason_of

NEEDED = 2

WHAT_IT_MEANS = (
    "任意两张合在一起能打开全部备份，一张什么也打不开：请交三个人，锁在三处，不要拍照、不要存进电脑。",
    "丢了一张：用 guiju keys sheets 换一套新的，旧的收回销毁。",
    "丢了两张：已有的备份谁也打不开了，本单位和软件的提供者都没有别的办法；只要系统还在运行，立即用 guiju keys sheets 换一套新的。",
)


def sheet_lines(shares: Sequence[Share]) -> Iterator[str]:
    """The sheets on a terminal; shown once."""
    yield ""
    yield f"备份恢复单，套号 {shares[0].set_name}，共{len(shares)}张，只显示这一次。机器没有了，凭任意{NEEDED}张从备份恢复。"
    for share in shares:
        yield f"  备份恢复单{share.number}"
        for line in printed(share).splitlines():
            yield f"    {line}"
    yield from WHAT_IT_MEANS


def sheet_pdf(share: Share, *, total: int, of: Letterhead, on: date) -> bytes:
    """One sheet as a PDF."""
    facts = [["套号", share.set_name], ["第几张", f"第{share.number}张，共{total}张，恢复需要{NEEDED}张"]]
    lines = printed(share).splitlines()
    facts += [[f"第{number}行", line] for number, line in enumerate(lines, 1)]
    facts += [["怎样用", "用 guiju backup drill --sheets 可以试这套恢复单；输错的是哪一组，程序当场说出"]]
    data = {
        "title": f"备份恢复单　第{share.number}张",
        "to": "保管人",
        "text": "本单位的数据库和密钥都在备份里，备份用这套恢复单加密。",
        "facts": facts,
        "ways": "\n".join(WHAT_IT_MEANS),
    }
    return print_pdf(NOTICE.code, data, of=of, on=on).content


def write_sheets(shares: Sequence[Share], folder: Path, *, of: Letterhead, on: date) -> list[Path]:
    """One file a sheet, readable by the owner only, to be printed and deleted; those of an earlier set go."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in folder.glob("恢复单-*.pdf"):
            old.unlink()
        paths = []
        for share in shares:
            path = folder / f"恢复单-{share.set_name}-{share.number}.pdf"
            with open(path, "wb", opener=private) as file:
                file.write(sheet_pdf(share, total=len(shares), of=of, on=on))
            paths.append(path)
    except OSError as failure:
        raise Refused("sheets_unwritten", f"恢复单没有写进 {folder}：{reason_of(failure)}；请抄下屏幕上的") from failure
    return paths
