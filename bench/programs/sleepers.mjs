import { checkpoint, sleep, withTaskGroup } from "holdfast";

async function sleeper(counts) {
	counts.started++;
	try {
		await sleep(1_000_000);
		counts.woken++;
	} finally {
		counts.finalized++;
	}
}

/** Starts `n` sleepers, calls `asleep` when all have begun, and cancels them. */
export async function sleepers(counts, n, asleep) {
	await withTaskGroup(async (group) => {
		for (let i = 0; i < n; i++) {
			group.spawn(sleeper, counts);
		}
		while (counts.started < n) {
			await checkpoint();
		}
		await asleep();
		group.cancel();
	});
}
