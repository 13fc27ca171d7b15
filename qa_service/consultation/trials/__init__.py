"""Questions asked without any record: with a draft, or with other word lists."""
