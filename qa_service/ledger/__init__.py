"""The ledger (登记台账): questions without an answer, their unit and their deadline."""
