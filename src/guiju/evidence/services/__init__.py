from guiju.evidence.services.erasing import erase_values
from guiju.evidence.services.record import (
    Act,
    Drawn,
    DrawnUp,
    draw,
    draw_up,
    one_entry,
    record,
    record_drawn,
    record_founding,
    record_removal,
)

__all__ = [
    "Act",
    "Drawn",
    "DrawnUp",
    "draw",
    "draw_up",
    "erase_values",
    "one_entry",
    "record",
    "record_drawn",
    "record_founding",
    "record_removal",
]
