"""The directory of units and the policy areas as files: their columns of standing, their export."""
