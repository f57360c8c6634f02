"""What can be ordered and drawn: containers, specimen types, tests, in the codes of HL7."""
