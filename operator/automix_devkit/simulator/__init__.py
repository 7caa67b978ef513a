"""ZEGO's server API for auto mixes as a strict state machine, written from ZEGO's documents alone.

Shares no code with the operator's client, so that a mistake cannot be mirrored in both.
"""

from automix_devkit.simulator.alternatives import ALTERNATIVES
from automix_devkit.simulator.engine import Simulator
from automix_devkit.simulator.faults import CallbackFault, Fault
from automix_devkit.simulator.model import Request, Response
from automix_devkit.simulator.mount import mock_transport
from automix_devkit.simulator.server import serve
from automix_devkit.simulator.settings import SimulatorSettings

__all__ = [
    "ALTERNATIVES",
    "CallbackFault",
    "Fault",
    "Request",
    "Response",
    "Simulator",
    "SimulatorSettings",
    "mock_transport",
    "serve",
]
