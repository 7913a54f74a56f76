import { Condition, run, sleep, withTaskGroup } from "holdfast";

export const guarantee = "A notification is passed on when the notified waiter is cancelled";
export const about =
	"Two tasks wait for a condition. One is notified, and the notified one is cancelled before it has the lock again. The other must wake.";
export const holds = (seen) => seen.join() === "second";
export const missing = { effection: "has no condition variable", effect: "has no condition variable" };
export const notes = {
	trio: "the notified waiter takes the notification along; asyncio had [the like](https://github.com/python/cpython/pull/112201) and mended it",
};

export async function holdfast() {
	const condition = new Condition();
	const seen = [];
	await run(async () => {
		await withTaskGroup(async (group) => {
			const waiter = (name) =>
				group.spawnWith({ name }, () =>
					condition.lock.with(async () => {
						await condition.wait();
						seen.push(name);
					}),
				);
			const first = waiter("first");
			waiter("second");
			await sleep(1);
			await condition.lock.with(async () => {
				condition.notify();
				first.cancel();
			});
			await sleep(5);
			group.cancel();
		});
	});
	return seen;
}
