"""The topics (事项) the bank is to cover and how far it does (全部入库)."""
