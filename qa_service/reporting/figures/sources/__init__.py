"""Sources of figures: the rows each is counted from."""
