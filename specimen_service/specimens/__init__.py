"""Specimens: the tubes, their numbers, their collections, their life cycle."""
