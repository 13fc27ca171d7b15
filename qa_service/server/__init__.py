"""The web application of one process: routes, pages, limits and error responses."""
