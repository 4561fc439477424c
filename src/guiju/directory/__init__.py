"""People and departments that come from elsewhere (组织目录): files, a company's LDAP or AD, OIDC groups."""
