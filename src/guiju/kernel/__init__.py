"""The parts of guiju that need neither Django nor a database."""
