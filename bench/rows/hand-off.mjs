import { expectCount } from "../harness.mjs";
import { compiled, inRun } from "../holdfast.mjs";

/** Counts what was handed over, and keeps the time from the first to the last. */
class Counts {
	ready = 0;
	total = 0;
	done = 0;
	sum = 0;
	woken = 0;
	#n;
	#began = 0;
	milliseconds = 0;

	constructor(n) {
		this.#n = n;
	}

	start() {
		this.#began = performance.now();
	}

	stop() {
		this.milliseconds = performance.now() - this.#began;
	}

	take() {
		this.total++;
		if (this.done < this.#n && ++this.done === this.#n) {
			this.stop();
		}
	}

	result() {
		return { done: this.done, milliseconds: this.milliseconds };
	}
}

/** A line of resolvers whose front is an index: `shift()` of a long array would move it. */
class Line {
	#items = [];
	#front = 0;

	get size() {
		return this.#items.length - this.#front;
	}

	push(item) {
		this.#items.push(item);
	}

	shift() {
		const item = this.#items[this.#front];
		this.#items[this.#front++] = undefined;
		if (this.#front > 1024 && this.#front * 2 > this.#items.length) {
			this.#items = this.#items.slice(this.#front);
			this.#front = 0;
		}
		return item;
	}
}

/** A lock as one writes it by hand. */
class NativeLock {
	#held = false;
	#waiting = new Line();

	acquire() {
		if (!this.#held) {
			this.#held = true;
			return Promise.resolve();
		}
		return new Promise((resolve) => this.#waiting.push(resolve));
	}

	release() {
		if (this.#waiting.size > 0) {
			this.#waiting.shift()();
		} else {
			this.#held = false;
		}
	}
}

async function nativeContender(counts, lock, n) {
	while (counts.done < n) {
		await lock.acquire();
		counts.take();
		lock.release();
	}
}

async function nativeContend(counts, waiters, n) {
	const lock = new NativeLock();
	await lock.acquire();
	const tasks = [];
	for (let i = 0; i <= waiters; i++) {
		tasks.push(nativeContender(counts, lock, n));
	}
	counts.start();
	lock.release();
	await Promise.all(tasks);
}

async function nativeReceiver(counts, receive) {
	for (let value = await receive(); value !== undefined; value = await receive()) {
		counts.sum += value;
		counts.take();
	}
}

async function nativeMessages(counts, waiters, n) {
	const waiting = new Line();
	const receive = () => new Promise((resolve) => waiting.push(resolve));
	const tasks = [];
	for (let i = 0; i < waiters; i++) {
		tasks.push(nativeReceiver(counts, receive));
	}
	counts.start();
	for (let i = 0; i < n; i++) {
		while (waiting.size === 0) {
			await undefined;
		}
		waiting.shift()(1);
	}
	while (counts.done < n || waiting.size < waiters) {
		await undefined;
	}
	while (waiting.size > 0) {
		waiting.shift()(undefined);
	}
	await Promise.all(tasks);
}

/** Everybody had the lock n times together, and each that still waited then once more. */
const contended = (program, waiters) => ({
	async run(n) {
		const counts = new Counts(n);
		await program(counts, waiters, n);
		expectCount("times the lock was taken", counts.total, n + waiters);
		return counts.result();
	},
});

const received = (program, waiters) => ({
	async run(n) {
		const counts = new Counts(n);
		await program(counts, waiters, n);
		expectCount("sum of messages", counts.sum, n);
		return counts.result();
	},
});

const generatorPrograms = async () => {
	const { checkpoint, coroutine, createChannel, Lock, Semaphore, withTaskGroup } = await import("holdfast");
	const contender = coroutine(function* (counts, thing, n) {
		while (counts.done < n) {
			yield* thing.acquire();
			counts.take();
			thing.release();
		}
	});
	const receiver = coroutine(function* (counts, end) {
		for (;;) {
			const value = yield* end.receive();
			if (value === undefined) {
				return;
			}
			counts.sum += value;
			counts.take();
		}
	});
	return {
		makeLock: () => new Lock(),
		makeSemaphore: () => new Semaphore(1),
		contend: coroutine(function* (counts, thing, waiters, n) {
			yield* withTaskGroup(function* (group) {
				yield* thing.acquire();
				for (let i = 0; i <= waiters; i++) {
					group.spawn(contender, counts, thing, n);
				}
				while (thing.statistics().waiting <= waiters) {
					yield* checkpoint();
				}
				counts.start();
				thing.release();
			});
		}),
		messages: coroutine(function* (counts, waiters, n) {
			const { sender, receiver: end } = createChannel(0);
			yield* withTaskGroup(function* (group) {
				for (let i = 0; i < waiters; i++) {
					group.spawn(receiver, counts, end);
				}
				while (end.statistics().waitingReceivers < waiters) {
					yield* checkpoint();
				}
				counts.start();
				for (let i = 0; i < n; i++) {
					yield* sender.send(1);
				}
				for (let i = 0; i < waiters; i++) {
					yield* sender.send(undefined);
				}
			});
		}),
	};
};

const compiledPrograms = () => compiled("hand-off");

function lockRow(kind, make, waiters) {
	const holdfast = (programs) => async () => {
		const program = await programs();
		return contended((counts, waiters, n) => inRun(program.contend, counts, program[make](), waiters, n), waiters);
	};
	return {
		work: `${kind} handed on, ${waiters.toLocaleString("en")} ${waiters === 1 ? "waits" : "wait"}`,
		unit: "hand-off",
		native: "a line of promise resolvers",
		series: { name: `${kind} handed on`, size: waiters, of: "waiters" },
		step: 20_000,
		contestants: {
			native: () => contended(nativeContend, waiters),
			"holdfast-compiled": holdfast(compiledPrograms),
			"holdfast-generators": holdfast(generatorPrograms),
		},
	};
}

function messageRow(waiters) {
	const holdfast = (programs) => async () => {
		const program = await programs();
		return received((counts, waiters, n) => inRun(program.messages, counts, waiters, n), waiters);
	};
	return {
		work: `channel: a message to one of ${waiters.toLocaleString("en")} waiting`,
		unit: "message",
		native: "a line of promise resolvers",
		series: { name: "channel, message handed over", size: waiters, of: "waiters" },
		step: 20_000,
		contestants: {
			native: () => received(nativeMessages, waiters),
			"holdfast-compiled": holdfast(compiledPrograms),
			"holdfast-generators": holdfast(generatorPrograms),
		},
	};
}

function cancelRow(waiters) {
	return {
		work: `${waiters.toLocaleString("en")} cancelled in a lock's line`,
		unit: "waiter with a finally",
		native: "none: a line of resolvers cannot be cancelled",
		series: { name: "cancelled in a lock's line", size: waiters, of: "waiters" },
		step: waiters,
		contestants: {
			"holdfast-compiled": async () => {
				const { cancelWaiters, makeLock } = await compiledPrograms();
				return {
					async run(n) {
						let done = 0;
						let milliseconds = 0;
						while (done < n) {
							const counts = new Counts(n);
							await inRun(cancelWaiters, counts, makeLock(), waiters);
							expectCount("waiters that got the lock", counts.woken, 0);
							done += counts.done;
							milliseconds += counts.milliseconds;
						}
						return { done, milliseconds };
					},
				};
			},
		},
	};
}

const sizes = [1, 100, 10_000];
export default [
	...sizes.map((waiters) => lockRow("lock", "makeLock", waiters)),
	...sizes.map((waiters) => lockRow("semaphore", "makeSemaphore", waiters)),
	...sizes.map(messageRow),
	...[100, 10_000, 100_000].map(cancelRow),
];
