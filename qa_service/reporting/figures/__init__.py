"""Figures for supervision: one table defines each, and pages, sheets, REST and commands read it."""
