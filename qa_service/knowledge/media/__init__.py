"""Pictures and films shown with an answer."""
