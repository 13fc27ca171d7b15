"""The matter of a whole question: a pair about something near it does not answer it.

A guard word (``text/guards/``) is a term that two texts share or not. A finder here reads the whole
question beside a pair's texts, because no single term tells both apart.
"""
