"""Makes the table of traditional characters that each have one simplified form.

    make traditional

The facts come from OpenCC's dictionary (Apache-2.0): every Chinese character by itself is asked for
its simplified form. The table is two lines of equal length: traditional above, simplified below.
"""

from __future__ import annotations

import sys
from pathlib import Path

TABLE = Path(__file__).resolve().parents[1] / "src/guiju/kernel/rules/traditional.txt"
BLOCKS = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF))


def main() -> int:
    try:
        from opencc import OpenCC
    except ImportError:
        print("用 make traditional 运行：它要装 OpenCC", file=sys.stderr)
        return 2
    simplified = OpenCC("t2s").convert
    pairs = [
        (character, plain)
        for first, last in BLOCKS
        for character in map(chr, range(first, last + 1))
        if (plain := simplified(character)) != character and len(plain) == 1
    ]
    TABLE.write_text("\n".join("".join(side) for side in zip(*pairs, strict=True)) + "\n", "utf-8")
    print(f"{len(pairs)} 个繁体字：{TABLE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
