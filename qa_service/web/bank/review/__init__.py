"""Pages of the review: signing, adoption of the starter bank, stages and words."""
