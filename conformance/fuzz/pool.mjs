/**
 * The threads of a run. They take the numbers of programs from a shared counter; this thread watches their beats, for a
 * compiled program that loops without end blocks its thread: that program is named, and the thread replaced.
 */
import { Worker } from "node:worker_threads";

/** Milliseconds after which a program does not end: of a whole compiler, and of a broken one. */
const [limit, shortLimit] = [60_000, 10_000];
const [next, stop, first] = [0, 1, 2];

export class Pool {
	#data;
	#shared;
	#counters;
	#workers = [];

	/** `data`: what every thread is given. */
	constructor(jobs, data) {
		this.#shared = new SharedArrayBuffer(4 * (first + 2 * jobs));
		this.#counters = new Int32Array(this.#shared);
		this.#data = data;
		for (let slot = 0; slot < jobs; slot++) {
			this.#start(slot);
		}
	}

	/** The forms of body that are compared. */
	async forms() {
		return (await this.#workers[0].ready).forms;
	}

	/**
	 * Lets all threads work on the programs from `start` to `end`. `found` is told each difference, with the number of its
	 * program, and says whether that is enough. Gives the sums.
	 */
	async run({ start, ...task }, found) {
		Atomics.store(this.#counters, next, start);
		Atomics.store(this.#counters, stop, 0);
		const sums = { programs: 0, comparisons: 0, empty: 0, changed: 0 };
		const difference = (number, text) => {
			if (found(number, text)) {
				Atomics.store(this.#counters, stop, 1);
			}
		};
		const one = async (slot) => {
			for (;;) {
				const result = await this.#work(slot, task, difference);
				if (result.kind === "done") {
					for (const key of Object.keys(sums)) {
						sums[key] += result.totals[key];
					}
					return;
				}
				difference(result.number, result.text);
				sums.programs++;
				this.#start(slot);
			}
		};
		await Promise.all(this.#workers.map((_, slot) => one(slot)));
		return sums;
	}

	async close() {
		await Promise.all(this.#workers.map(({ worker }) => worker.terminate()));
	}

	#start(slot) {
		const workerData = { ...this.#data, shared: this.#shared, slot };
		const worker = new Worker(new URL("thread.mjs", import.meta.url), { workerData });
		const ready = new Promise((resolve, reject) => {
			worker.once("message", resolve);
			worker.once("error", reject);
		});
		ready.catch(() => {});
		this.#workers[slot] = { worker, ready };
	}

	async #work(slot, task, difference) {
		const { worker, ready } = this.#workers[slot];
		await ready;
		return await new Promise((resolve, reject) => {
			const place = first + 2 * slot;
			let beat = -1;
			let since = performance.now();
			const end = (settle, value) => {
				clearInterval(watch);
				worker.removeAllListeners("message");
				worker.removeAllListeners("error");
				worker.removeAllListeners("exit");
				settle(value);
			};
			const watch = setInterval(() => {
				const now = Atomics.load(this.#counters, place + 1);
				if (now !== beat) {
					beat = now;
					since = performance.now();
				} else if (performance.now() - since > (task.quiet ? shortLimit : limit)) {
					worker.terminate();
					end(resolve, { kind: "stuck", number: Atomics.load(this.#counters, place), text: "does not end" });
				}
			}, 1000);
			const ended = (text) =>
				end(resolve, { kind: "ended", number: Atomics.load(this.#counters, place), text: `ended its thread: ${text}` });
			worker.on("message", (message) => {
				if (message.kind === "difference") {
					difference(message.number, message.text);
				} else if (message.kind === "broken") {
					end(reject, new Error(message.text));
				} else {
					end(resolve, message);
				}
			});
			worker.on("error", (error) => ended(error?.stack ?? error));
			worker.on("exit", (code) => ended(`exit ${code}`));
			worker.postMessage(task);
		});
	}
}
