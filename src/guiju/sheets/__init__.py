"""Tables out of the files that offices send; needs neither Django nor a database."""
