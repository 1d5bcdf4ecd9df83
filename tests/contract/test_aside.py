"""Work beside the event loop: in order, with its failures, and without anybody having to wait for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from monitor.aside import Aside, Here, Thread, first


@pytest.fixture(params=["thread", "here"])
async def aside(request: pytest.FixtureRequest) -> AsyncIterator[Aside]:
    if request.param == "here":
        yield Here()
        return
    thread = Thread("test")
    yield thread
    thread.close()


async def test_calls_are_done_in_their_order_and_give_back_what_they_found(aside: Aside) -> None:
    done: list[int] = []

    def act(number: int, *, doubled: bool) -> int:
        done.append(number)
        return number * 2 if doubled else number

    found = await asyncio.gather(*(aside.call(act, number, doubled=number % 2 == 0) for number in range(20)))
    assert done == list(range(20))
    assert found == [number * 2 if number % 2 == 0 else number for number in range(20)]


async def test_what_fails_there_fails_here(aside: Aside) -> None:
    with pytest.raises(ZeroDivisionError):
        await aside.call(lambda: 1 // 0)
    assert await aside.call(lambda: 1) == 1


async def test_the_loop_goes_on_while_a_thread_is_at_work() -> None:
    thread, may_end = Thread("test"), threading.Event()
    work = asyncio.ensure_future(thread.call(may_end.wait, 60.0))
    await asyncio.sleep(0)
    may_end.set()  # on a loop that had to wait, this line would come a minute late
    assert await work
    thread.close()


async def test_a_thread_that_is_closed_ends_what_is_under_way() -> None:
    thread, done = Thread("test"), []
    begun = asyncio.ensure_future(thread.call(done.append, 1))
    await asyncio.sleep(0)
    thread.close()
    assert done == [1]
    await begun


async def test_what_a_person_waits_for_goes_before_the_rest() -> None:
    thread, order, may_go_on = Thread("t"), [], threading.Event()

    async def urgent(name: str) -> None:
        with first():
            await thread.call(order.append, name)

    async with asyncio.TaskGroup() as group:
        group.create_task(thread.call(may_go_on.wait, 5.0))
        await asyncio.sleep(0)
        for number in range(3):
            group.create_task(thread.call(order.append, f"other {number}"))
        for number in range(2):
            group.create_task(urgent(f"urgent {number}"))
        await asyncio.sleep(0)
        may_go_on.set()
    assert order == ["urgent 0", "urgent 1", "other 0", "other 1", "other 2"]
    await thread.call(order.append, "after")
    assert order[-1] == "after"
    thread.close()


async def test_who_no_longer_waits_takes_nobodys_turn() -> None:
    thread, order, may_go_on = Thread("t"), [], threading.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(thread.call(may_go_on.wait, 5.0))
        gone = group.create_task(thread.call(order.append, "gone"))
        group.create_task(thread.call(order.append, "stays"))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        may_go_on.set()
    assert order == ["stays"]
    thread.close()
