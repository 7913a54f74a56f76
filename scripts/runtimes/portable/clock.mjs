// The fake timers of the stand-in for vitest: `setTimeout`, `setInterval`, `setImmediate`, `performance.now`, `Date.now`.

const names = ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "setImmediate", "clearImmediate"];
let clock;

class Clock {
	#now = 0;
	#ids = 0;
	#timers = new Map();
	#originals = names.map((name) => [name, globalThis[name]]);
	#performanceNow = Object.getOwnPropertyDescriptor(performance, "now");
	#dateNow = Date.now;

	constructor() {
		const base = Date.now();
		const start = performance.now();
		const add = (delay, repeat, callback, args) => {
			const id = ++this.#ids;
			// The host's timers overflow, too.
			const after = delay > 2 ** 31 - 1 || !(delay >= 1) ? 1 : Math.trunc(delay);
			this.#timers.set(id, { id, when: this.#now + after, repeat: repeat ? after : 0, callback, args });
			return id;
		};
		const clear = (id) => void this.#timers.delete(id);
		globalThis.setTimeout = (callback, delay, ...args) => add(delay, false, callback, args);
		globalThis.setInterval = (callback, delay, ...args) => add(delay, true, callback, args);
		globalThis.clearTimeout = clear;
		globalThis.clearInterval = clear;
		if (globalThis.setImmediate !== undefined) {
			globalThis.setImmediate = (callback, ...args) => add(0, false, callback, args);
			globalThis.clearImmediate = clear;
		}
		Object.defineProperty(performance, "now", {
			value: () => start + this.#now,
			configurable: true,
			writable: true,
		});
		Date.now = () => base + this.#now;
	}

	get size() {
		return this.#timers.size;
	}

	async advance(milliseconds) {
		const [, setTimeout] = this.#originals[0];
		// Promises have their turn between timers; they may arm further ones.
		const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
		const end = this.#now + milliseconds;
		await settle();
		for (;;) {
			const next = [...this.#timers.values()]
				.filter(({ when }) => when <= end)
				.sort((a, b) => a.when - b.when || a.id - b.id)[0];
			if (next === undefined) break;
			this.#now = Math.max(this.#now, next.when);
			if (next.repeat > 0) next.when += next.repeat;
			else this.#timers.delete(next.id);
			next.callback(...next.args);
			await settle();
		}
		this.#now = end;
		await settle();
	}

	remove() {
		for (const [name, original] of this.#originals) if (original !== undefined) globalThis[name] = original;
		if (this.#performanceNow === undefined) delete performance.now;
		else Object.defineProperty(performance, "now", this.#performanceNow);
		Date.now = this.#dateNow;
	}
}

function current() {
	if (clock === undefined) throw new Error("call vi.useFakeTimers() first");
	return clock;
}

export const fakeTimers = {
	useFakeTimers() {
		clock ??= new Clock();
	},
	useRealTimers() {
		clock?.remove();
		clock = undefined;
	},
	advanceTimersByTimeAsync: (milliseconds) => current().advance(milliseconds),
	getTimerCount: () => current().size,
};
