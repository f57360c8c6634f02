"""Worklists: what is not yet where it should be, most urgent first."""
