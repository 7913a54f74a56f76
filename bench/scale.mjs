/**
 * Many tasks at once, in three front ends: `phases(n)` starts n tasks that sleep and wakes them, starts n and cancels
 * them, and starts n that suspend once and joins them. Each phase gives from when to when it took; everything is counted.
 */
import { expectCount } from "./harness.mjs";
import { compiled } from "./holdfast.mjs";
import { SkippingLoop } from "./skipping-loop.mjs";

const long = 1_000_000;

/** The longest time in which the host could not fire a timer of 1 ms, between `start` and `stop`. */
export class Gap {
	longest = 0;
	#last = 0;
	#timer;

	start() {
		this.#last = performance.now();
		this.#timer = setInterval(() => this.#look(), 1);
	}

	#look() {
		const now = performance.now();
		this.longest = Math.max(this.longest, now - this.#last);
		this.#last = now;
	}

	stop() {
		this.#look();
		clearInterval(this.#timer);
		return this.longest;
	}
}

function counted(what, counts, n, woken) {
	expectCount(`${what}: tasks started`, counts.started, n);
	expectCount(`${what}: tasks woken`, counts.woken, woken ? n : 0);
	expectCount(`${what}: finalizers run`, counts.finalized, n);
}

const fresh = () => ({ started: 0, woken: 0, finalized: 0, sum: 0 });

/** `sleepers(counts, n, milliseconds, end)` and `spawnAndJoin(counts, n)` of one of the front ends. */
async function holdfast({ sleepers, spawnAndJoin }) {
	const { run } = await import("holdfast");
	const asleepThen = async (counts, n, then, gap) => {
		const loop = new SkippingLoop();
		const start = performance.now();
		let asleep = 0;
		const end = (group) => {
			asleep = performance.now();
			expectCount("woken before all slept", counts.finalized, 0);
			gap?.start();
			then(group, loop);
		};
		const ended = await run(sleepers, { args: [counts, n, long, end], loop });
		return { spawn: [start, asleep], end: [Math.max(asleep, loop.rang), ended] };
	};
	return {
		async wake(n, gap) {
			const counts = fresh();
			const { spawn, end } = await asleepThen(counts, n, (_group, loop) => loop.skip(2 * long), gap);
			counted("wake", counts, n, true);
			return { spawn, wake: end };
		},
		async cancel(n, gap) {
			const counts = fresh();
			const { end } = await asleepThen(counts, n, (group) => group.cancel(), gap);
			counted("cancel", counts, n, false);
			return { cancel: end };
		},
		async join(n) {
			const counts = fresh();
			const start = performance.now();
			const ended = await run(spawnAndJoin, { args: [counts, n] });
			expectCount("join: tasks started", counts.started, n);
			expectCount("join: tasks finished", counts.finalized, n);
			expectCount("join: sum of results", counts.sum, sumOfValues(n));
			return { join: [start, ended] };
		},
		async bytes(n) {
			const counts = fresh();
			const before = heapUsed();
			let bytes = 0;
			await asleepThen(counts, n, (group) => {
				bytes = heapUsed() - before;
				group.cancel();
			});
			counted("heap", counts, n, false);
			return bytes;
		},
	};
}

function sumOfValues(n) {
	let sum = 0;
	for (let i = 0; i < n; i++) {
		sum += i & 7;
	}
	return sum;
}

function heapUsed() {
	globalThis.gc();
	globalThis.gc();
	return process.memoryUsage().heapUsed;
}

const reason = new Error("cancelled");

function nativeSleep(milliseconds, cancels) {
	return new Promise((resolve, reject) => {
		const cancel = () => {
			clearTimeout(timer);
			reject(reason);
		};
		const timer = setTimeout(() => {
			cancels.delete(cancel);
			resolve();
		}, milliseconds);
		cancels.add(cancel);
	});
}
async function nativeSleeper(counts, milliseconds, cancels) {
	counts.started++;
	try {
		await nativeSleep(milliseconds, cancels);
		if (counts.woken++ === 0) {
			counts.firstWoken = performance.now();
			counts.gap?.start();
		}
	} finally {
		counts.finalized++;
	}
}
async function nativeChild(counts, value) {
	counts.started++;
	await undefined;
	counts.finalized++;
	return value;
}

/**
 * Native tasks are registered in a set of cancel functions: an `AbortSignal` looks through all its listeners for each
 * that is added, so that a million would take hours.
 */
function native() {
	const start = (counts, n, until) => {
		const cancels = new Set();
		const tasks = [];
		for (let i = 0; i < n; i++) {
			tasks.push(nativeSleeper(counts, Math.max(1, until - performance.now()), cancels));
		}
		return { cancels, tasks };
	};
	/** Real time, since the host's cannot be skipped: enough for all to fall asleep before the first wakes. */
	let perTask = 0.002;
	return {
		async wake(n, gap) {
			for (;;) {
				const counts = { ...fresh(), firstWoken: 0, gap };
				const began = performance.now();
				const { tasks } = start(counts, n, began + 20 + n * perTask);
				const asleep = performance.now();
				await Promise.all(tasks);
				const ended = performance.now();
				counted("wake", counts, n, true);
				if (asleep - began < 10 + n * perTask) {
					return { spawn: [began, asleep], wake: [counts.firstWoken, ended] };
				}
				perTask *= 2;
			}
		},
		async cancel(n, gap) {
			const counts = fresh();
			const { cancels, tasks } = start(counts, n, performance.now() + long);
			await new Promise((resolve) => setTimeout(resolve, 5));
			const began = performance.now();
			gap?.start();
			for (const cancel of cancels) {
				cancel();
			}
			await Promise.allSettled(tasks);
			const ended = performance.now();
			counted("cancel", counts, n, false);
			return { cancel: [began, ended] };
		},
		async join(n) {
			const counts = fresh();
			const began = performance.now();
			const tasks = [];
			for (let i = 0; i < n; i++) {
				tasks.push(nativeChild(counts, i & 7));
			}
			for (const value of await Promise.all(tasks)) {
				counts.sum += value;
			}
			const ended = performance.now();
			expectCount("join: tasks finished", counts.finalized, n);
			expectCount("join: sum of results", counts.sum, sumOfValues(n));
			return { join: [began, ended] };
		},
		async bytes(n) {
			const counts = fresh();
			const before = heapUsed();
			const { cancels, tasks } = start(counts, n, performance.now() + long);
			const bytes = heapUsed() - before;
			for (const cancel of cancels) {
				cancel();
			}
			await Promise.allSettled(tasks);
			counted("heap", counts, n, false);
			return bytes;
		},
	};
}

async function generators() {
	const { checkpoint, coroutine, sleep, withTaskGroup } = await import("holdfast");
	const sleeper = coroutine(function* (counts, milliseconds) {
		counts.started++;
		try {
			yield* sleep(milliseconds);
			counts.woken++;
		} finally {
			counts.finalized++;
		}
	});
	const child = coroutine(function* (counts, value) {
		counts.started++;
		yield* checkpoint();
		counts.finalized++;
		return value;
	});
	return await holdfast({
		sleepers: coroutine(function* (counts, n, milliseconds, end) {
			yield* withTaskGroup(function* (group) {
				for (let i = 0; i < n; i++) {
					group.spawn(sleeper, counts, milliseconds);
				}
				while (counts.started < n) {
					yield* checkpoint();
				}
				end(group);
			});
			return performance.now();
		}),
		spawnAndJoin: coroutine(function* (counts, n) {
			return yield* withTaskGroup(function* (group) {
				const tasks = [];
				for (let i = 0; i < n; i++) {
					tasks.push(group.spawn(child, counts, i & 7));
				}
				for (const task of tasks) {
					counts.sum += yield* task;
				}
				return performance.now();
			});
		}),
	});
}

export const frontEnds = {
	native,
	"holdfast-compiled": async () => await holdfast(await compiled("scale")),
	"holdfast-generators": generators,
};
