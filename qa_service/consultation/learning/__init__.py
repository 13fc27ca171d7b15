"""What the service learns from its use: lessons of the desk, and the record of the last tuning."""
