"""Other wordings of a pair (相似问) that askers used, and the decisions on them."""
