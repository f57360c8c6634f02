"""Enrolled devices and what their tokens open."""
