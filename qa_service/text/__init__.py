"""Chinese text: one form for matching, tokens, guard words and personal data."""
