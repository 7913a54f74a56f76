import fc from "fast-check";
import { describe, test } from "vitest";
import { type Broadcast, broadcast, type Subscription } from "../../src/broadcast.ts";
import { type Coroutine, coroutine } from "../../src/coroutine.ts";
import { EndOfChannelError } from "../../src/errors.ts";
import { type Memoized, memoize } from "../../src/memoize.ts";
import { shield } from "../../src/scopes.ts";
import { checkpoint, now, sleep } from "../../src/sleep.ts";
import { throttle } from "../../src/throttle.ts";
import { holds, Line, notices, type Step, type Steps, World } from "./world.ts";

function sorted(values: readonly number[]): string {
	return String([...values].sort((a, b) => a - b));
}

describe("broadcast", () => {
	type Use = "send" | "receive" | "join";
	const use = fc.constantFrom(
		"send" as const,
		"send" as const,
		"receive" as const,
		"receive" as const,
		"join" as const,
	);

	interface Listener {
		readonly subscription: Subscription<number>;
		/** How much had been sent before. */
		readonly from: number;
		readonly received: number[];
	}

	/** Who is subscribed gets everything that was sent since, in the order of the sending, and nothing else. */
	class Complete extends World<Use> {
		readonly #hub: Broadcast<number>;
		/** Is there from the beginning, and has always room. */
		readonly #witness: Subscription<number>;
		readonly #listeners: Listener[] = [];
		readonly #sending = new Line();
		readonly #sent: number[] = [];
		#values = 0;

		constructor(hub: Broadcast<number>) {
			super();
			this.#hub = hub;
			this.#witness = hub.subscribe({ capacity: Number.POSITIVE_INFINITY });
		}

		*perform({ op, hold }: Step<Use>, worker: number): Steps<void> {
			const hub = this.#hub;
			if (op === "join") {
				this.event();
				this.#join();
			} else if (op === "send") {
				const value = ++this.#values;
				const waiting = (): number => hub.statistics().waitingSenders;
				yield* this.wait(this.#sending, worker, waiting, () => hub.send(value));
				this.#sent.push(value);
			} else {
				const { subscription, received } = this.#listeners[hold % Math.max(this.#listeners.length, 1)] ?? this.#join();
				this.event();
				received.push(yield* subscription.receive());
				this.event();
			}
		}

		#join(): Listener {
			const from = this.#hub.statistics().sent;
			const listener = { subscription: this.#hub.subscribe(), from, received: [] };
			this.#listeners.push(listener);
			return listener;
		}

		override rest(): void {
			const { waitingSenders, sent } = this.#hub.statistics();
			this.must(waitingSenders === this.#sending.size, () => `${waitingSenders} wait instead of ${this.#sending.size}`);
			this.must(sent === this.#sent.length, () => `${sent} were sent, but ${this.#sent.length} senders know of it`);
			for (const { subscription, from, received } of this.#listeners) {
				const missing = sent - from - received.length;
				const { buffered } = subscription.statistics();
				this.must(missing === buffered, () => `${missing} values are on the way, ${buffered} in the buffer`);
			}
		}

		override *end(): Steps<void> {
			this.#hub.close();
			const sent: number[] = [];
			yield* this.#drain(this.#witness, sent);
			// Who does not have to wait goes on before those who were woken: the order of returning says nothing.
			this.must(sorted(sent) === sorted(this.#sent), () => `${sent} arrived, ${this.#sent} was sent`);
			for (const { subscription, from, received } of this.#listeners) {
				const known = received.length;
				yield* this.#drain(subscription, received);
				const expected = sent.slice(from);
				this.must(sorted(received) === sorted(expected), () => `${received} was received of ${expected}`);
				const rest = received.slice(known);
				this.must(String(rest) === String(sent.slice(sent.length - rest.length)), () => `${rest} came out of order`);
			}
		}

		*#drain(subscription: Subscription<number>, received: number[]): Steps<void> {
			try {
				for (;;) received.push(yield* subscription.receive());
			} catch (error) {
				if (!(error instanceof EndOfChannelError)) throw error;
			}
		}
	}

	test.each([1, 2])("everybody who is subscribed gets everything, capacity %i", (capacity) =>
		holds(use, () => new Complete(broadcast<number>(capacity))),
	);
	test("one that drops what a subscriber has no room for is noticed", () =>
		notices(use, () => new Complete(broadcast<number>(1, { overflow: "drop-oldest" }))));
	test("one whose cancelled sender has sent is noticed", () =>
		notices(use, () => {
			const hub = broadcast<number>(2);
			const send = hub.send.bind(hub);
			hub.send = coroutine(function* (value: number) {
				yield* send(value);
				yield* checkpoint();
			});
			return new Complete(hub);
		}));
});

describe("memoize", () => {
	/** One call at most runs for each key, only while somebody waits, and all who wait get the same. */
	class Shared extends World<number> {
		readonly #call: Memoized<[number], object>;
		readonly #line = new Line();
		readonly #running: Map<number, number> = new Map();
		readonly #waiting: Map<number, number> = new Map();
		readonly #given: Set<object> = new Set();

		constructor(make: (fn: (key: number) => Coroutine<object>) => Memoized<[number], object>) {
			super();
			this.#call = make(coroutine((key: number) => this.#work(key)));
		}

		*#work(key: number): Steps<object> {
			const count = (this.#running.get(key) ?? 0) + 1;
			this.#running.set(key, count);
			this.must(count === 1, () => `${count} calls run for the key ${key}`);
			try {
				this.event();
				yield* sleep(2 + key);
				this.event();
				const value = { key };
				this.#given.add(value);
				return value;
			} finally {
				this.#running.set(key, (this.#running.get(key) ?? 0) - 1);
			}
		}

		*perform({ op }: Step<number>, worker: number): Steps<void> {
			this.#waiting.set(op, (this.#waiting.get(op) ?? 0) + 1);
			try {
				const value = yield* this.wait(
					this.#line,
					worker,
					() => 0,
					() => this.#call(op),
				);
				this.must(this.#given.has(value), () => "a value came from nowhere");
				this.must((value as { key: number }).key === op, () => "the value is that of another key");
			} finally {
				this.#waiting.set(op, (this.#waiting.get(op) ?? 0) - 1);
			}
		}

		override rest(): void {
			const running = [...this.#running.values()].reduce((sum, count) => sum + count, 0);
			const statistics = this.#call.statistics();
			this.must(statistics.running === running, () => `${statistics.running} run instead of ${running}`);
			for (const [key, count] of this.#running)
				this.must(count === 0 || (this.#waiting.get(key) ?? 0) > 0, () => "a call runs for which nobody waits");
			for (const [key, count] of this.#waiting)
				this.must(count === 0 || this.#running.get(key) === 1, () => "somebody waits for no call");
		}

		override *end(): Steps<void> {
			for (const count of this.#running.values()) this.must(count === 0, () => "a call was left running");
		}
	}

	const key = fc.nat(2);
	test("one call for all who wait, none for nobody", () =>
		holds(key, () => new Shared((fn) => memoize(fn, { ttl: 0 }))));
	test("the same with values that are kept for a while", () =>
		holds(key, () => new Shared((fn) => memoize(fn, { ttl: 3, max: 1 }))));
	test("one that shares nothing is noticed", () =>
		notices(key, () => new Shared((fn) => Object.assign((it: number) => fn(it), memoize(fn)))));
	test("one whose calls cannot be stopped is noticed", () =>
		notices(key, () => new Shared((fn) => memoize((it) => shield(() => fn(it)), { ttl: 0 }))));
});

describe("throttle", () => {
	const limits = { limit: 2, interval: 4, concurrency: 2 };

	/** The limits hold in every window; calls begin in the order in which they came. */
	class Limited extends World<null> {
		readonly #call: (hold: number, begun: () => void) => Coroutine<void>;
		readonly #line = new Line();
		readonly #begun: number[] = [];
		#running = 0;

		constructor(make: (fn: (hold: number, begun: () => void) => Coroutine<void>) => Limited["call"]) {
			super();
			this.#call = make(coroutine((hold: number, begun: () => void) => this.#work(hold, begun)));
		}

		get call(): (hold: number, begun: () => void) => Coroutine<void> {
			return this.#call;
		}

		*#work(hold: number, begun: () => void): Steps<void> {
			begun();
			const time = now();
			this.#begun.push(time);
			const recent = this.#begun.filter((other) => other > time - limits.interval).length;
			this.must(recent <= limits.limit, () => `${recent} calls began within ${limits.interval} ms`);
			this.must(++this.#running <= limits.concurrency, () => `${this.#running} calls run`);
			try {
				this.event();
				yield* sleep(hold);
				this.event();
			} finally {
				this.#running--;
			}
		}

		*perform({ hold }: Step<null>, worker: number): Steps<void> {
			this.event();
			const ahead = this.#line.size;
			const place = this.#line.enter(worker);
			try {
				yield* this.#call(hold, () => this.served(place, ahead));
			} finally {
				place.leave();
			}
		}

		override *end(): Steps<void> {
			this.must(this.#running === 0, () => "a call was left running");
			// Nobody's turn was lost: two more calls need no longer than the interval and its rest.
			const before = now();
			for (let more = 0; more < limits.limit; more++) yield* this.#call(0, () => {});
			const time = now() - before;
			this.must(time <= 2 * limits.interval, () => `the next calls waited for ${time} ms`);
		}
	}

	test("keeps its limits in every window, in order, and loses no turn", () =>
		holds(fc.constant(null), () => new Limited((fn) => throttle(fn, limits))));
	test("one that counts in fixed windows is noticed", () =>
		notices(
			fc.constant(null),
			() =>
				new Limited((fn) => {
					let window = -1;
					let begun = 0;
					return coroutine(function* (hold: number, tell: () => void) {
						for (;;) {
							const current = Math.floor(now() / limits.interval);
							if (current !== window) [window, begun] = [current, 0];
							if (begun++ < limits.limit) break;
							yield* sleep(limits.interval - (now() % limits.interval));
						}
						yield* fn(hold, tell);
					});
				}),
		));
	test("one without a limit of what runs at once is noticed", () =>
		notices(
			fc.constant(null),
			() => new Limited((fn) => throttle(fn, { limit: limits.limit, interval: limits.interval - 1 })),
		));
});
