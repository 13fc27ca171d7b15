"""Review of a version before it is published (三审三校)."""
