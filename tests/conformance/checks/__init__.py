"""The checks, one module a subject; each takes what it looks at and a report to write to."""
