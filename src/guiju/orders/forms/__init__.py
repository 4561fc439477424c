"""Shapes of what people type about products and orders."""
