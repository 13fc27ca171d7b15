"""A citizen's question: searched first, then answered, offered for choice, or registered."""
