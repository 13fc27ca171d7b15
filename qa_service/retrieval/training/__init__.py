"""Training of the re-ranker on judged questions."""
