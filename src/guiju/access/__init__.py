"""Rights in use: emergency access for an hour, the quarterly review of who holds what (紧急授权、权限复核)."""
