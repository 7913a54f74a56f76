/** `depth` frames, each with a `finally`; the innermost runs `bottom`. */
async function descend(counts, bottom, level) {
	counts.entered++;
	try {
		return level === 1 ? await bottom() : await descend(counts, bottom, level - 1);
	} finally {
		counts.left++;
	}
}

export const enter = descend;

/** Frames as they are in most programs: nothing to clear up. */
async function plain(bottom, level) {
	return level === 1 ? await bottom() : await plain(bottom, level - 1);
}

/** `n` suspensions in the innermost of `depth` frames; gives how long they took. */
export async function resumes(pause, depth, n) {
	return await plain(async () => {
		const start = performance.now();
		for (let i = 0; i < n; i++) {
			await pause();
		}
		return performance.now() - start;
	}, depth);
}

export { plain };
