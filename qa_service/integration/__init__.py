"""Connections to other systems: webhook, mail, single sign-on."""
