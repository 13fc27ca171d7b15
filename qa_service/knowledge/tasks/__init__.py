"""Tasks (打表推进、销号): the kinds, their steps, campaigns, and what is still to confirm."""
