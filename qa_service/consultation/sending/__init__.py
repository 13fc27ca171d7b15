"""Answers sent to callers as a link, by SMS or mail, with a record of each."""
