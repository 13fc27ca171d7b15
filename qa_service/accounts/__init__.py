"""Access control: units, users, sessions, API keys, permissions and the audit trail."""
