"""Word lists (词表) edited by staff: versions of dictionary and synonyms."""
