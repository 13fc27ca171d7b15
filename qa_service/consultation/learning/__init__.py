"""Learning from use: lessons of the desk, tuning by them, and the record of the last run."""
