"""The word lists (词表) staff edit: dictionary and synonyms, in versions."""
