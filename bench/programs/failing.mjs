/** Throws an error out of `depth` frames that have all suspended. */
async function descend(pause, level) {
	if (level === 1) {
		await pause();
		throw new Error("no");
	}
	return (await descend(pause, level - 1)) + 1;
}

/** Catches `n` such errors, and reads their stacks if asked to; gives how many had what they must have. */
export async function failures(pause, depth, n, reads) {
	let caught = 0;
	for (let i = 0; i < n; i++) {
		try {
			await descend(pause, depth);
		} catch (error) {
			if (!reads || error.stack.includes("descend")) caught++;
		}
	}
	return caught;
}
