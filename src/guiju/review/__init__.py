"""Review of texts (审查): what breaks which article of law, where, and how to mend it."""
