"""One line of schema history, with one head; packs have none (their tables are declared)."""
