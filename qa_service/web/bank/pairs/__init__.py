"""Pages on which pairs are listed, written, compared and withdrawn."""
