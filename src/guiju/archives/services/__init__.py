"""The writes of this part."""
