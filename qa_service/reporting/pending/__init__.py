"""Work that waits for people (我的待办): one module for each group of kinds."""
