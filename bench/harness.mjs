/**
 * Measures one row: every contestant in this process, in interleaved rounds, medians per unit of work.
 * `run(n)` of a contestant does n units and returns how many it really did; any other number is an error, not a figure.
 * What prepares and clears up is left out if it returns `{ done, milliseconds }` instead, by a clock of its own.
 */

export const contestantOrder = ["native", "holdfast-compiled", "holdfast-generators", "effection", "effect"];

/** What a file in `rows/` measures: one row, several, or a function of the options that gives them. */
export async function rowsOf(file, { quick }) {
	const { default: rows } = await import(`./rows/${file}`);
	return [typeof rows === "function" ? rows({ quick }) : rows].flat();
}

/** The same numbers between 0 and 1 in every run (mulberry32). */
export function seeded(seed) {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** One of the samples; `undefined` if there are none. */
export function percentile(samples, share) {
	const sorted = [...samples].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];
}

export function median(samples) {
	const sorted = [...samples].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Half the distance between the quartiles, relative to the median: how far the figure can be trusted. */
export function spread(samples) {
	const sorted = [...samples].sort((a, b) => a - b);
	const quarter = Math.floor(sorted.length / 4);
	return (sorted[sorted.length - 1 - quarter] - sorted[quarter]) / 2 / median(sorted);
}

export function expectCount(what, counted, expected) {
	if (counted !== expected) {
		throw new Error(`${what}: ${counted} counted where ${expected} were to be done`);
	}
}

async function timed(name, program, n) {
	const start = performance.now();
	const counted = await program.run(n);
	const elapsed = performance.now() - start;
	if (typeof counted === "object") {
		expectCount(name, counted.done, n);
		return counted.milliseconds;
	}
	expectCount(name, counted, n);
	return elapsed;
}

/** A count of units that takes about `milliseconds`, after a warm-up long enough for the optimising compiler. */
async function calibrate(name, program, { milliseconds, warmUp, least }) {
	let n = least;
	const start = performance.now();
	for (;;) {
		const elapsed = await timed(name, program, n);
		const spent = performance.now() - start;
		// A unit that does a lot beside what is measured would take for ever to fill a round.
		if ((elapsed >= milliseconds / 2 && spent >= warmUp) || spent >= 5 * warmUp) {
			return Math.max(least, Math.round((n * milliseconds) / elapsed / least) * least);
		}
		if (elapsed < milliseconds) {
			n *= elapsed < milliseconds / 8 ? 4 : 2;
		}
	}
}

export async function measure(row, { quick, only }) {
	const milliseconds = quick ? 8 : 40;
	const warmUp = quick ? 200 : 600;
	const rounds = quick ? 5 : 15;
	const entered = [];
	for (const name of Object.keys(row.contestants)) {
		if (only === undefined || only.includes(name)) {
			const program = await row.contestants[name]();
			await program.check?.();
			entered.push({ name, program, n: 0, samples: [] });
		}
	}
	const least = row.step ?? 1;
	for (const entry of entered) {
		entry.n = await calibrate(entry.name, entry.program, { milliseconds, warmUp, least });
	}
	for (let round = 0; round < rounds; round++) {
		for (let i = 0; i < entered.length; i++) {
			const entry = entered[(i + round) % entered.length];
			// Not a full collection: it would drop the hidden classes of objects that are all dead by now, and with them
			// the code optimised for those.
			globalThis.gc?.({ type: "minor" });
			entry.samples.push(((await timed(entry.name, entry.program, entry.n)) * 1e6) / entry.n);
		}
	}
	return entered.map(({ name, samples }) => ({ contestant: name, value: median(samples), spread: spread(samples) }));
}

/**
 * Two loops that suspend must take turns: the log of two `loop(n, mark)` run side by side has to alternate.
 * A loop that only pretends to suspend writes all its marks before the other begins.
 */
export function alternates(log, n) {
	let switches = 0;
	for (let i = 1; i < log.length; i++) {
		switches += log[i] === log[i - 1] ? 0 : 1;
	}
	expectCount("marks of two loops", log.length, 2 * n);
	if (switches < n) {
		throw new Error(`the loop does not suspend: ${switches} switches in ${2 * n} marks`);
	}
}
