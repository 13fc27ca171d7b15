"""Inspection packages (监督检查): figures, lists, circular and yearly report, kept as issued."""
