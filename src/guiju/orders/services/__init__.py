"""Writes of products and orders."""
