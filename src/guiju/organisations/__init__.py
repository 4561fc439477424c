"""Group, companies, departments, members and roles (集团、公司、部门、成员、角色)."""
