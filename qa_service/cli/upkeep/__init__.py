"""Commands for the upkeep of a service: backup, restore, checks, secrets."""
