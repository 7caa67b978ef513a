"""What tests of all tiers share: a real cluster, ZEGO simulated, the operator as a process, and what must hold."""
