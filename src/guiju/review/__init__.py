"""Texts are judged by the rulebook (审查)."""
