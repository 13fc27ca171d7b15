"""Forms of pairs and policy documents: what was typed, and its values."""
