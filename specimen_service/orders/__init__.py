"""Orders: what was asked for, of whom, how urgently."""
