"""Pages of the library towards the city: export, proofs of upload, links of services."""
