"""Shapes of what people type about customers; the fields themselves come from the catalogue."""
