"""What every room stands on: clock, numbers, errors, database, paging. No business words here."""
