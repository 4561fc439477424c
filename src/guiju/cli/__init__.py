"""The command line's kit: errors in one sentence, answers as text or JSON."""
