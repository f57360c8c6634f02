"""Custody: events, the chain that shows tampering, and deciding what a scan means."""
