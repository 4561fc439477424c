"""What every API operation shares: sign-in by token, paging, errors."""
