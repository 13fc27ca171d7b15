"""The policy library (政策库) and the withdrawal of pairs whose basis has ended."""
