"""What the operator costs, measured beside the baseline in one run. `make bench`."""
