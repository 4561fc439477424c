"""Numbers that name people, companies and places in China: check, find, mask.

Each module has the same three functions where they make sense:

- `check(text) -> str` returns the number in its standard spelling or raises `Invalid`;
- `find(text) -> Iterator[Found]` yields every valid number in running text, left to right;
- `mask(text) -> str` hides what a reader without the right must not see.
"""

from guiju.kernel.identifiers.found import Found, Invalid

__all__ = ["Found", "Invalid"]
