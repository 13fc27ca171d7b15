"""Chinese working days and the deadlines that count them; pure of HTTP and SQL."""
