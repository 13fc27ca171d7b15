"""Duties of the bank: pairs and policy documents whose day comes, rework, contradictions."""
