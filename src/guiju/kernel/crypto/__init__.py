"""Secrets: sealing values, codes that people type."""
