"""Departments, staff, roles, scopes, devices and who answers for a cell."""
