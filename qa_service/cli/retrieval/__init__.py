"""Commands for retrieval: index, encoder model, evaluation and calibration."""
