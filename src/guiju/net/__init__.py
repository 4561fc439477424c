"""Requests to servers of others, bounded in time and size (去外面的请求)."""
