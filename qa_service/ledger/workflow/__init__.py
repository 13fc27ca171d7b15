"""The life of an entry: its table of transitions and the steps that carry them out."""
