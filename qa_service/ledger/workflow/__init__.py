"""The workflow of an entry: its table of transitions and the commands that carry them out."""
