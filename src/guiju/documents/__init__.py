"""Documents (文书): PDF/A for signing and keeping, set by typst; Word by the company's own template."""
