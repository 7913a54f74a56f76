import trio
import trio.testing
from report import report

seen = []


async def waiter(semaphore, name, scope):
    with scope:
        async with semaphore:
            await trio.sleep(0.001)
            seen.append(name)


async def main():
    semaphore = trio.Semaphore(1)
    await semaphore.acquire()
    first = trio.CancelScope()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(waiter, semaphore, "first", first)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(waiter, semaphore, "second", trio.CancelScope())
        await trio.testing.wait_all_tasks_blocked()
        semaphore.release()
        first.cancel()


trio.run(main)
report(seen)
