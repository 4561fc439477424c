"""Reads of products and orders."""
