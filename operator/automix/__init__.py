"""A Kubernetes operator that keeps ZEGO auto mixes as their AutoMix objects declare them."""

__version__ = "0.1.0"
