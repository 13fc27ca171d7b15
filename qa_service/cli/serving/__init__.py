"""Commands that start the service and its worker processes."""
