import trio
import trio.testing
from report import report

seen = []


async def waiter(condition, name, scope):
    with scope:
        async with condition:
            await condition.wait()
            seen.append(name)


async def main():
    condition = trio.Condition()
    first = trio.CancelScope()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(waiter, condition, "first", first)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(waiter, condition, "second", trio.CancelScope())
        await trio.testing.wait_all_tasks_blocked()
        async with condition:
            condition.notify()
            first.cancel()
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()


trio.run(main)
report(seen)
