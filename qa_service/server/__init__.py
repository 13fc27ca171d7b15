"""The web application as one process serves it: routes, pages, limits, error responses."""
