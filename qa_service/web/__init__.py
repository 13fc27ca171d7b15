"""HTML pages for staff, and the public page of a single answer."""
