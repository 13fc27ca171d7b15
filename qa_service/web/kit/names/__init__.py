"""What pages call things: labels of values, names of areas and persons."""
