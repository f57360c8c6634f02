"""Receiving: what was expected and what came, accepting, rejecting, collecting again, and what waits for review."""
