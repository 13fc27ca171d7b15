"""Commands about the search: index, encoder model, evaluation, calibration."""
