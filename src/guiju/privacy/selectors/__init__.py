"""The reads of this part."""
