"""What develops and demonstrates the operator: a ZEGO simulator and a local Kubernetes control plane.

It imports nothing of `automix`, so that no mistake of the operator can be mirrored in what it is tested against.
"""
