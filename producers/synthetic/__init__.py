"""Load that is made up: a stream that looks like the world, deterministic by its seed."""
