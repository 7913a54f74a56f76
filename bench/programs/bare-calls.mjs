async function part(counts, pause, value) {
	counts.started++;
	if (counts.started % 4 === 0) {
		await pause();
	}
	counts.finished++;
	return value;
}

/** Calls that are awaited at once, and two that run side by side. */
async function handle(counts, pause, value) {
	const first = await part(counts, pause, value);
	const [second, third] = await Promise.all([part(counts, pause, first), part(counts, pause, value)]);
	return second + third - (await part(counts, pause, first));
}

export async function serve(counts, pause, n) {
	let handled = 0;
	for (let i = 0; i < n; i++) {
		counts.sum += await handle(counts, pause, i & 7);
		handled++;
	}
	return handled;
}
