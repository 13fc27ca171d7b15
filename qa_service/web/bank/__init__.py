"""Pages of the bank (问答库) and the policy library."""
