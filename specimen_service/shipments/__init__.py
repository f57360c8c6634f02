"""Bags, boxes and racks that travel as one: what is in them, their seals, and stops where nothing waited."""
