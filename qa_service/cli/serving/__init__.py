"""Commands that start the service and the processes it serves with."""
