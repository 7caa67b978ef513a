"""What helm installs, at work: a package, so that its control plane is gone before the next tests begin."""
