"""Pages of tasks (打表推进): list, campaigns, one task with its steps."""
