import { now, sleep, withCancelScope, withTaskGroup, withTimeout } from "holdfast";

const counts = { armed: 0 };

async function quick() {
	counts.armed++;
}

export async function armAndCancel(n) {
	counts.armed = 0;
	for (let i = 0; i < n; i++) {
		await withTimeout(10_000, quick);
	}
	return counts.armed;
}

/** `pending` tasks sleep beside it, so that the kernel's one native timer stays armed. */
export async function deadlines(counts, pending, n) {
	await withTaskGroup(async (group) => {
		for (let i = 0; i < pending; i++) {
			group.spawn(sleep, 10_000);
		}
		await sleep(0);
		await withCancelScope(async (scope) => {
			for (let i = 0; i < n; i++) {
				scope.deadline = now() + 10_000;
				counts.armed++;
				scope.deadline = Number.POSITIVE_INFINITY;
			}
		});
		group.cancel();
	});
}
