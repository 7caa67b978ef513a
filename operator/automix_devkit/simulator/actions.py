"""The actions: how each is called and how often, and how its parameters are read. Knows no task and no room."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import ValidationError

from automix_devkit.simulator.codes import Code
from automix_devkit.simulator.model import RefusedError
from automix_devkit.simulator.parameters import DescribeUserNum, GetMixTaskInfo, Parameters, StartAutoMix, StopAutoMix
from automix_devkit.simulator.wire import JsonObject, problem

MAX_INPUTS = 9
MAX_OUTPUTS = 3


@dataclass(frozen=True)
class Action:
    """Describe an action: its method, its parameters, and its codes for too often and malformed.

    The calls of a second are those of an AppId, in production and in the test environment.
    """

    method: Literal["GET", "POST"]
    parameters: type[Parameters]
    calls_per_second: int
    test_calls_per_second: int
    overload: Code
    malformed: Code

    @property
    def mixes(self) -> bool:
        """Tell whether the action belongs to the mixing service, which a project has to enable."""
        return self.parameters is not DescribeUserNum


ACTIONS: Mapping[str, Action] = {
    "StartAutoMix": Action("POST", StartAutoMix, 100, 100, Code.START_OVERLOAD, Code.BAD_PARAMETER),
    "StopAutoMix": Action("POST", StopAutoMix, 100, 100, Code.STOP_OVERLOAD, Code.BAD_PARAMETER),
    "GetMixTaskInfo": Action("GET", GetMixTaskInfo, 100, 100, Code.OVERLOAD, Code.UNPARSABLE),
    "DescribeUserNum": Action("GET", DescribeUserNum, 10, 1, Code.ROOM_OVERLOAD, Code.ROOM_BAD_PARAMETER),
}


def parse(action: Action, raw: JsonObject) -> Parameters:
    """Read the parameters of an action; raise RefusedError with a Message that names the field."""
    try:
        return action.parameters.model_validate(raw)
    except ValidationError as error:
        raise RefusedError(action.malformed, problem(error)) from None


def refuse_impossible(start: Parameters) -> None:
    """Refuse a mix that contradicts itself, whatever runs. ZEGO: Global return codes page."""
    if not isinstance(start, StartAutoMix):
        return
    targets = start.targets
    sources = [extra.source for extra in start.extra_mix_input]
    if len(targets) > MAX_OUTPUTS:
        raise RefusedError(Code.TOO_MANY_OUTPUTS, f"MixOutput: at most {MAX_OUTPUTS} are allowed")
    if len(set(targets)) < len(targets):
        raise RefusedError(Code.DUPLICATE_OUTPUT, "MixOutput: two outputs are the same")
    if len(sources) > MAX_INPUTS:
        raise RefusedError(Code.TOO_MANY_INPUTS, f"ExtraMixInput: at most {MAX_INPUTS} are allowed")
    if len(set(sources)) < len(sources):
        raise RefusedError(Code.DUPLICATE_INPUT, "ExtraMixInput: two inputs are the same")
    if not set(targets).isdisjoint(start.added):
        raise RefusedError(Code.OUTPUT_IS_INPUT, "MixOutput: an output is one of the added inputs")
    for index, extension in enumerate(start.ex_para):
        if not extension.key:
            raise RefusedError(Code.BAD_EX_PARA, f"ExPara[{index}].Key: required")


def contradictions(parsed: Parameters) -> Iterator[str]:
    """Yield what a request says twice, though the page allows one of both."""
    if not isinstance(parsed, StartAutoMix):
        return
    for index, output in enumerate(parsed.mix_output):
        if output.stream_id and output.stream_url:
            yield f"MixOutput[{index}] has StreamId and StreamUrl, StreamUrl counts"
    for index, extra in enumerate(parsed.extra_mix_input):
        if extra.stream_id and extra.stream_url:
            counts = "StreamUrl" if extra.added else "StreamId"
            yield f"ExtraMixInput[{index}] has StreamId and StreamUrl, {counts} counts"
