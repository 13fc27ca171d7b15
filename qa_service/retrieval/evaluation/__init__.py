"""Measures retrieval on judged questions and fits its calibration."""
