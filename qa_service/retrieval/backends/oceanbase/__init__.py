"""The search backend on OceanBase, a distributed database that searches words and vectors."""
