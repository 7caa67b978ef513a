"""The story that `make demo` tells: the operator at work, by the commands of its users and their real output.

The operator is a process here as anywhere else: nothing of it is imported.
"""
