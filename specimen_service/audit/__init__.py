"""Who did what, and who looked at which patient."""
