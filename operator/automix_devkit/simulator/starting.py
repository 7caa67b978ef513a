"""Why a mix cannot start in a room, and what of an update is ignored. Decides, changes nothing."""

from collections.abc import Iterator, Sequence

from automix_devkit.simulator.actions import MAX_INPUTS
from automix_devkit.simulator.codes import Code
from automix_devkit.simulator.model import Environment, RefusedError
from automix_devkit.simulator.parameters import UPDATABLE, StartAutoMix
from automix_devkit.simulator.room import Room
from automix_devkit.simulator.task import Task


def refuse_raw_stream_ids(environment: Environment, wanted: StartAutoMix) -> None:
    """Refuse a StreamId without the prefix of the test environment. ZEGO: StartAutoMix page; the codes are inferred."""
    prefix = environment.prefix
    for index, extra in enumerate(wanted.extra_mix_input):
        if extra.source == extra.stream_id and not extra.stream_id.startswith(prefix):
            where = f"ExtraMixInput[{index}].StreamId"
            raise RefusedError(Code.INPUT_STREAM_ERROR, f"{where}: must begin with {prefix} in the test environment")
    for index, output in enumerate(wanted.mix_output):
        if output.target == output.stream_id and not output.stream_id.startswith(prefix):
            where = f"MixOutput[{index}].StreamId"
            raise RefusedError(Code.OUTPUT_STREAM_ERROR, f"{where}: must begin with {prefix} in the test environment")


def refuse_inputs(task: Task, room: Room | None, publishers: Sequence[Room] | None) -> None:
    """Refuse too many inputs, an output among them, and, where the rooms that may publish are given, missing ones."""
    wanted = task.parameters
    inputs = {*wanted.added, *task.of_room(room)}
    if len(inputs) > MAX_INPUTS:
        raise RefusedError(Code.TOO_MANY_INPUTS, f"{len(inputs)} inputs, at most {MAX_INPUTS} are allowed")
    if not inputs.isdisjoint(wanted.targets):
        raise RefusedError(Code.OUTPUT_IS_INPUT, "MixOutput: an output is one of the inputs")
    if publishers is None:
        return
    published = {task.environment.stream_id(stream) for publisher in publishers for stream in publisher.streams}
    added = [extra for extra in wanted.extra_mix_input if extra.added and not extra.stream_url]
    missing = ", ".join(extra.stream_id for extra in added if extra.stream_id not in published)
    if missing:
        raise RefusedError(Code.INPUT_MISSING, f"ExtraMixInput: nobody publishes {missing}")


def ignored_changes(running: StartAutoMix, asked: StartAutoMix) -> Iterator[str]:
    """Yield the fields an update asks to change though they cannot be updated."""
    for name, field in type(asked).model_fields.items():
        if name not in UPDATABLE | {"sequence"} and getattr(asked, name) != getattr(running, name):
            yield str(field.alias)
