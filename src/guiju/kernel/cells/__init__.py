"""Cells of tables as offices fill them in: each kind becomes a value or is refused in one sentence.

One function a kind. What can be read in two ways is refused, never guessed: the refusal is `Invalid`
with a code and a Chinese sentence that shows what stood in the cell.
"""

from guiju.kernel.cells.amounts import amount, count
from guiju.kernel.cells.choices import choice, yes_no
from guiju.kernel.cells.days import Order, day, days_order
from guiju.kernel.cells.identity import identity_text
from guiju.kernel.cells.phones import phone_text, phones
from guiju.kernel.cells.texts import clean_text
from guiju.kernel.identifiers import Invalid

__all__ = [
    "Invalid",
    "Order",
    "amount",
    "choice",
    "clean_text",
    "count",
    "day",
    "days_order",
    "identity_text",
    "phone_text",
    "phones",
    "yes_no",
]
