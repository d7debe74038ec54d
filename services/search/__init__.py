"""Finding people by what a caller says and an agent types: tables of our own, kept in step with the directory."""
