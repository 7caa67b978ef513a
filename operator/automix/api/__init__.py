"""The three kinds as pydantic models, and the generator of their CRDs. Pure: no I/O, no clock."""
