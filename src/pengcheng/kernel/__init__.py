"""Pure values and rules that every storey may use: no I/O, no framework, no clock."""
