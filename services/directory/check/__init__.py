"""Whether settings fit their database, how that is proved, the smallest rights: `directory check` and `grants`."""
