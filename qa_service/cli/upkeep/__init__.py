"""Commands for whoever keeps the machine: backup, restore, checks, secrets."""
