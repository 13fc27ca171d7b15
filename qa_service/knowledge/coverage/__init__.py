"""Coverage (全部入库) of the topics (事项) by the pairs of the bank."""
