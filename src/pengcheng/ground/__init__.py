"""What touches the world: database, files, bus, queue, clock, keys, outgoing HTTP, settings."""
