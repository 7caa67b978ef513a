"""What the composition root does with errors that reach the event loop."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator

import kopf
import pytest
from kopf._cogs.clients import scanning

from automix.app import on_loop_error


async def test_a_stream_that_does_not_close_at_the_end_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    async def stubborn() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            raise RuntimeError("generator didn't stop after athrow()")

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(on_loop_error)
    stream = stubborn()
    assert await anext(stream) == 1
    with caplog.at_level(logging.DEBUG, logger="automix.app"):
        await loop.shutdown_asyncgens()
    (record,) = caplog.records
    assert (record.levelname, record.exc_info) == ("DEBUG", None)
    assert record.getMessage() == "a watch did not close at the end"


async def test_a_watch_that_fails_when_another_one_has_ended_all_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise RuntimeError("HTTP 400")

    task = asyncio.create_task(fail(), name="watcher for automixes.v1alpha1.automix.zego.im@None")
    await asyncio.wait((task,))
    with caplog.at_level(logging.DEBUG, logger="automix.app"):
        context = {"message": "Task exception was never retrieved", "exception": task.exception(), "future": task}
        on_loop_error(asyncio.get_running_loop(), context)
    assert [(record.levelname, record.exc_info) for record in caplog.records] == [("DEBUG", None)]


async def test_a_scan_that_is_cut_short_by_the_end_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(on_loop_error)
    # Outside of an operator its requests fail, as they do when the session is closed under them.
    scan = scanning.scan_resources(settings=kopf.OperatorSettings(), logger=logging.getLogger("kopf"))
    with caplog.at_level(logging.DEBUG, logger="automix.app"):
        scanner = loop.create_task(scan)
        await asyncio.wait((scanner,))
        assert isinstance(scanner.exception(), LookupError)
        del scanner
        gc.collect()  # what nobody waited for is told when it is forgotten
    assert {(record.levelname, record.exc_info, record.getMessage()) for record in caplog.records} == {
        ("DEBUG", None, "a watch did not close at the end")
    }


async def test_any_other_error_is_told_in_full(caplog: pytest.LogCaptureFixture) -> None:
    error = ValueError("unexpected")
    on_loop_error(asyncio.get_running_loop(), {"message": "Task exception was never retrieved", "exception": error})
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert record.exc_info is not None
    assert record.exc_info[1] is error
