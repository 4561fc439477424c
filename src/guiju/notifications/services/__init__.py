"""Writes of this part."""

from guiju.notifications.services.posting import Contact, NewNotice, post_notice

__all__ = ["Contact", "NewNotice", "post_notice"]
