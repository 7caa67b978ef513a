"""A real Kubernetes control plane as processes of this machine; nothing of it is left behind."""

from automix_devkit.controlplane.plane import ControlPlane, control_plane
from automix_devkit.controlplane.process import Process, ProcessFailed

__all__ = ["ControlPlane", "Process", "ProcessFailed", "control_plane"]
