"""Patients: who the specimen is of."""
