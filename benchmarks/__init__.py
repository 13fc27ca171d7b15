"""Speed and memory of the service, each measured by one command."""
