"""The review kernel: rules as data, judged on text or on facts, each with its article of law."""
