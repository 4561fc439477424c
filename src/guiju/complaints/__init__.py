"""Complaints of consumers, and letters of the authority about them (消费维权)."""
