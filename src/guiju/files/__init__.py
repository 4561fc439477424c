"""Files that belong to customers and other records (附件): kept sealed, read for what must not be open, given out with care."""
