"""The API's kit: who calls, and how errors are told."""
