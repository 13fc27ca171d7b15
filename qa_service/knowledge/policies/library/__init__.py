"""The policy library towards the city (全市政策文件库): its columns, proofs of upload, links."""
