"""The ledger (登记台账): unanswered questions, each with its unit and deadline."""
