import { checkpoint, sleep, withTaskGroup } from "holdfast";

async function sleeper(counts, milliseconds) {
	counts.started++;
	try {
		await sleep(milliseconds);
		counts.woken++;
	} finally {
		counts.finalized++;
	}
}

/** Starts `n` sleepers; `end` is called once all sleep, and wakes or cancels them. Gives when the last had ended. */
export async function sleepers(counts, n, milliseconds, end) {
	await withTaskGroup(async (group) => {
		for (let i = 0; i < n; i++) {
			group.spawn(sleeper, counts, milliseconds);
		}
		while (counts.started < n) {
			await checkpoint();
		}
		end(group);
	});
	return performance.now();
}

async function child(counts, value) {
	counts.started++;
	await checkpoint();
	counts.finalized++;
	return value;
}

export async function spawnAndJoin(counts, n) {
	return await withTaskGroup(async (group) => {
		const tasks = [];
		for (let i = 0; i < n; i++) {
			tasks.push(group.spawn(child, counts, i & 7));
		}
		for (const task of tasks) {
			counts.sum += await task;
		}
		return performance.now();
	});
}
