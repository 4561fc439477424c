"""What changes the organisation from elsewhere: lists that come in, groups that stand for roles."""
