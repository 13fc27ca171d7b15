"""Callers to be called back because an answer changed."""
