"""Q&A pairs: their content, versions and variants, and the commands on them."""
