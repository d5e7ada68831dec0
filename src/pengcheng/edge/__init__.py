"""HTTP and its standards: projections of the registry and the engines; no rule of its own."""
