"""More of this part over HTTP, one subject a file."""
