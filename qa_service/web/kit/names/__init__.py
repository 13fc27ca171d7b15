"""Names on pages: labels of values, names of areas and persons."""
