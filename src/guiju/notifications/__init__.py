"""Notices (通知): an outbox row in the change's transaction, sent over channels, each attempt committed first."""
