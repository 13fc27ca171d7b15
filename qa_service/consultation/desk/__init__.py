"""The public desk (政务公开专区): answers and documents that citizens find by themselves."""
