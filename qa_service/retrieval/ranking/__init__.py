"""Features of candidates, their calibrated order, and the verdict."""
