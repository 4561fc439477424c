"""Writes the Chinese of click's own sentences as a catalogue that gettext reads (GNU .mo).

make docs
"""

from __future__ import annotations

import struct
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "src/guiju/cli/locale/zh_CN/LC_MESSAGES/guiju.mo"

WORDS: dict[str | tuple[str, str], str] = {
    "Aborted!": "已取消",
    "Usage:": "用法：",
    "Options": "选项",
    "Commands": "命令",
    "Positional arguments": "参数",
    "env var: {var}": "环境变量 {var}",
    "default: {default}": "默认 {default}",
    "(dynamic)": "（随情况）",
    "Show the version and exit.": "显示版本",
    "Show this message and exit.": "显示这段说明",
    "Missing command.": "没有写命令：后面加 --help 看有哪些",
    "Missing argument": "缺少参数",
    "Missing option": "缺少选项",
    "Missing parameter": "缺少参数",
    "Missing {param_type}": "缺少{param_type}",
    "Missing parameter: {param_name}": "缺少参数：{param_name}",
    "Error: {message}": "{message}",
    "Try '{command} {option}' for help.": "说明见 {command} {option}",
    "No such option {name!r}.": "没有 {name} 这个选项。",
    "No such command {name!r}.": "没有 {name} 这个命令。",
    "Invalid value: {message}": "{message}",
    "Invalid value for {param_hint}: {message}": "{param_hint}：{message}",
    "Could not open file {filename!r}: {message}": "打不开文件 {filename}：{message}",
    "unknown error": "原因不明",
    "file": "文件",
    "directory": "文件夹",
    "path": "路径",
    "Choose from:\n\t{choices}": "可填：\n\t{choices}",
    "{value} is not in the range {range}.": "{value} 不在范围 {range} 内",
    "{value!r} is not a valid {number_type}.": "{value} 不是整数",
    "{value!r} is not a valid UUID.": "{value} 不是编号（形如 01a20f8f-529b-770c-badb-73254a59a33b）",
    "{name} {filename!r} does not exist.": "没有 {filename} 这个{name}",
    "{name} {filename!r} is a file.": "{filename} 是文件",
    "{name} {filename!r} is a directory.": "{filename} 是文件夹",
    "{name} {filename!r} is not readable.": "没有读取 {filename} 的权限",
    "{name} {filename!r} is not writable.": "没有写入 {filename} 的权限",
    "Repeat for confirmation": "再输入一次",
    "Error: The two entered values do not match.": "两次输入的不一样",
    "Error: invalid input": "输入不对",
    "Option {name!r} does not take a value.": "选项 {name} 不带值。",
    (
        "Did you mean {possibility}?",
        "(Did you mean one of: {possibilities}?)",
    ): "是不是 {possibility}？\0（是不是其中之一：{possibilities}？）",
    ("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"): "多了参数（{args}）",
    (
        "Option {name!r} requires an argument.",
        "Option {name!r} requires {nargs} arguments.",
    ): "选项 {name} 后面要有值。",
    (
        "{value!r} is not {choice}.",
        "{value!r} is not one of {choices}.",
    ): "{value} 不是 {choice}\0{value} 不在可填的之中：{choices}",
    (
        "{value!r} does not match the format {format}.",
        "{value!r} does not match the formats {formats}.",
    ): "{value} 的写法不对，应为 {format}\0{value} 的写法不对，应为 {formats}",
}


def catalogue() -> bytes:
    """The file in the format of GNU gettext: header, two tables of lengths and offsets, the texts."""
    entries = {"": "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=n != 1;\n"}
    for english, chinese in WORDS.items():
        if isinstance(english, tuple):
            both = chinese if "\0" in chinese else f"{chinese}\0{chinese}"
            entries["\0".join(english)] = both
        else:
            entries[english] = chinese
    originals = sorted(entries)
    texts = b""
    tables: list[tuple[int, int]] = []
    start = 28 + 16 * len(originals)
    for text in [*originals, *(entries[one] for one in originals)]:
        raw = text.encode()
        tables.append((len(raw), start + len(texts)))
        texts += raw + b"\0"
    count = len(originals)
    head = struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, start)
    return head + b"".join(struct.pack("<2I", *one) for one in tables) + texts


def main() -> None:
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(catalogue())


if __name__ == "__main__":
    main()
