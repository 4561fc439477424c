"""Customers: persons and companies, their contacts, and everything that is done with them (客户)."""
