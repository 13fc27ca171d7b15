"""A call: who calls, what was asked before, what is shown, and outcomes without an answer."""
