"""Ratios, each measured in one run against a peer or a bare limit: `make bench`."""
