"""People's accounts: invitation, sign-in, second factor, sessions, leaving (账号)."""
