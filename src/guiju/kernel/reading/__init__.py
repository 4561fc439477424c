"""How Chinese is read aloud (拼音): what names are sorted by, and found by from a keyboard."""

from guiju.kernel.reading.pinyin import syllables

__all__ = ["syllables"]
