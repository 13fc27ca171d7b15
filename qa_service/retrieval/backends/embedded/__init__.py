"""The embedded search engine: BM25 and vectors in memory, snapshots on disk."""
