"""Specimen labeling and tracking: identify, draw, label at the chair, verify on the tube, follow, and say what is pending."""
