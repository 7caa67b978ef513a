"""The decision: facts in, action out, and the status that follows. Pure: no clock, no I/O, no async, no chance."""
