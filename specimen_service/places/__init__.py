"""Where things happen: locations with their barcodes, and stations."""
