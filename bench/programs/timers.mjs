import { withTimeout } from "holdfast";

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
