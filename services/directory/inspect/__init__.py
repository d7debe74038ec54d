"""What product a database belongs to, and which settings fit it: `python -m bot directory inspect`."""
