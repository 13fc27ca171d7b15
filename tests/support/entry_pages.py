"""The first entry of an empty ledger, as the pages address it."""

QUESTION = "火星养老院怎么预约"
NUMBER = "ZX20261124-0001"
ENTRY = f"/ledger/{NUMBER}"
