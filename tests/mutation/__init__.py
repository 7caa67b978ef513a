"""Mutation testing: small faults are put into the code one at a time, and a unit test must notice each of them."""
