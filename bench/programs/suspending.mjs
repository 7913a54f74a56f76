export async function loop(pause, n) {
	let done = 0;
	for (let i = 0; i < n; i++) {
		await pause();
		done++;
	}
	return done;
}

export async function marks(pause, n, log, mark) {
	for (let i = 0; i < n; i++) {
		log.push(mark);
		await pause();
	}
}

/** `depth` frames, `depth` suspensions in the innermost one, then back through all of them. */
async function descend(pause, level, depth) {
	if (level < depth) {
		return await descend(pause, level + 1, depth);
	}
	let done = 0;
	for (let i = 0; i < depth; i++) {
		await pause();
		done++;
	}
	return done;
}

export async function deep(pause, depth, n) {
	let done = 0;
	while (done < n) {
		done += await descend(pause, 1, depth);
	}
	return done;
}
