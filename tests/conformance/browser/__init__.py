"""The report of `ctlake report`, read in a real browser."""
