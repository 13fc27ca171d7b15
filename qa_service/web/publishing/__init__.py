"""Publications on paper or as files for everybody: booklets, and the fallback pack."""
