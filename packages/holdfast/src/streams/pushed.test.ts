import { expect, test } from "vitest";
import { quietly, rejectionOf, virtually } from "../../test/virtually.ts";
import { ContextVar } from "../context-var.ts";
import { BusyResourceError, ClosedResourceError } from "../errors.ts";
import { withTaskGroup } from "../group.ts";
import { cleanup, moveOnAfter, withCancelScope } from "../scopes.ts";
import { sleep, sleepForever } from "../sleep.ts";
import { events } from "./events.ts";
import { fromObservable, type ObservingLike } from "./from-observable.ts";
import type { Stream } from "./stream.ts";
import { type Subscribable, toObservable } from "./to-observable.ts";

function* readAll(stream: Stream<unknown>): Generator<never, unknown[], unknown> {
	const values: unknown[] = [];
	for (let result = yield* stream.next(); !result.done; result = yield* stream.next()) values.push(result.value);
	return values;
}

function ping(target: EventTarget, ...details: unknown[]): void {
	for (const detail of details) target.dispatchEvent(new CustomEvent("ping", { detail }));
}

test("events: what came before a read waits for it, and the end comes after it", async () => {
	const target = new EventTarget();
	const values = await virtually(function* () {
		const stream = events<CustomEvent>(target, "ping", { end: ["close"] });
		ping(target, 1, 2);
		target.dispatchEvent(new Event("close"));
		ping(target, 3);
		const values = (yield* readAll(stream)) as CustomEvent[];
		return [values.map(({ detail }) => detail), stream.statistics()];
	});
	expect(values).toEqual([[1, 2], { given: 2, buffered: 0, dropped: 0, state: "ended" }]);
});

test.each([
	["drop-oldest", [3, 4], 2],
	["drop-newest", [1, 2], 2],
] as const)("events: with %s what does not fit is dropped and counted", async (overflow, kept, dropped) => {
	const target = new EventTarget();
	const seen = await virtually(function* () {
		const stream = events<CustomEvent>(target, "ping", { capacity: 2, overflow });
		ping(target, 1, 2, 3, 4);
		const first = (yield* stream.next()).value?.detail;
		const second = (yield* stream.next()).value?.detail;
		return [[first, second], stream.statistics().dropped];
	});
	expect(seen).toEqual([kept, dropped]);
});

test("events: by default a reader that is too slow is told, after what fits", async () => {
	const target = new EventTarget();
	const seen = await virtually(function* () {
		const stream = events<CustomEvent>(target, "ping", { capacity: 1 });
		ping(target, 1, 2, 3);
		const first = (yield* stream.next()).value?.detail;
		try {
			yield* stream.next();
		} catch (error) {
			return [first, (error as Error).name, (yield* stream.next()).done];
		}
		return [];
	});
	expect(seen).toEqual([1, "LaggedError", true]);
});

test("events: a deadline of the reader loses nothing; closing, and the scope, take the listeners off", async () => {
	let listeners = 0;
	const target = {
		addEventListener: () => void listeners++,
		removeEventListener: () => void listeners--,
	};
	const emitted: ((event: unknown) => void)[] = [];
	const emitter = {
		on: (_name: string, listener: (event: unknown) => void) => void emitted.push(listener),
		off: (_name: string, listener: unknown) => void emitted.splice(emitted.indexOf(listener as never), 1),
	};
	await virtually(function* () {
		yield* withCancelScope(function* (scope) {
			events(target as never, "x");
			const stream = events<number>(emitter, "x");
			expect(listeners).toBe(1);
			expect(yield* moveOnAfter(5, () => stream.next() as never)).toBe(undefined);
			emitted[0]?.(7);
			expect((yield* stream.next()).value).toBe(7);
			scope.cancel();
			yield* sleepForever();
		});
	});
	expect([listeners, emitted.length]).toEqual([0, 0]);
});

test("events: two readers at once are told so, and one that waits while it is closed is woken", async () => {
	const target = new EventTarget();
	const seen: unknown[] = [];
	await virtually(function* () {
		const stream = events(target, "ping");
		yield* withTaskGroup(function* (group) {
			group.spawn(function* () {
				try {
					yield* stream.next();
				} catch (error) {
					seen.push(error);
				}
			});
			yield* sleep(1);
			try {
				yield* stream.next();
			} catch (error) {
				seen.push(error);
			}
			yield* stream.close();
		});
	});
	expect(seen).toEqual([expect.any(BusyResourceError), expect.any(ClosedResourceError)]);
});

test("events: wrong options are named", () => {
	const target = new EventTarget();
	expect(() => events(target, "x", { capacity: 0 })).toThrow(
		/events: capacity must be a whole number from 1, or Infinity, not 0/,
	);
	expect(() => events(target, "x", { overflow: "wait" as never })).toThrow(
		/events: overflow is "wait"; it may be error, drop-oldest, drop-newest/,
	);
	expect(() => events(5 as never, "x")).toThrow(/events: 5 tells of no events/);
	expect(() => fromObservable(5 as never)).toThrow(/fromObservable: 5 is no Observable/);
	expect(() => toObservable(5 as never)).toThrow(/toObservable: 5 cannot be read as a stream/);
});

/** What the Web's class does, as far as we use it. */
class WebObservable<T> {
	readonly #subscribe: (subscriber: object) => void;

	constructor(subscribe: (subscriber: never) => unknown) {
		this.#subscribe = subscribe as never;
	}

	get [Symbol.toStringTag](): string {
		return "Observable";
	}

	subscribe(observer: Partial<ObservingLike<T>>, { signal }: { signal?: AbortSignal } = {}): void {
		const teardowns: (() => void)[] = [];
		const end = (): void => {
			if (!subscriber.active) return;
			subscriber.active = false;
			for (const teardown of teardowns.splice(0)) teardown();
		};
		const subscriber = {
			active: true,
			next: (value: T) => {
				if (subscriber.active) observer.next?.(value);
			},
			error: (error: unknown) => {
				end();
				observer.error?.(error);
			},
			complete: () => {
				end();
				observer.complete?.();
			},
			addTeardown: (teardown: () => void) => void (subscriber.active ? teardowns.push(teardown) : teardown()),
		};
		signal?.addEventListener("abort", end);
		this.#subscribe(subscriber);
	}
}

test("an Observable of the Web, both ways: values, the end, and leaving early by its signal", async () => {
	let closed = 0;
	const numbers = function* (count: number): Generator<number, void, unknown> {
		try {
			for (let value = 0; value < count; value++) yield value;
		} finally {
			closed++;
		}
	};
	const seen = await virtually(function* () {
		const all = toObservable<number, WebObservable<number>>(() => asyncOf(numbers(3)), WebObservable);
		const values = yield* readAll(fromObservable<number>(all as never));
		const many = toObservable<number, WebObservable<number>>(() => asyncOf(numbers(1_000_000)), WebObservable);
		const stream = fromObservable<number>(many as never, { capacity: 5, overflow: "drop-newest" });
		const first = (yield* stream.next()).value;
		yield* stream.close();
		return [values, first];
	});
	expect([seen, closed]).toEqual([[[0, 1, 2], 0], 2]);
});

async function* asyncOf<T>(values: Iterable<T>): AsyncGenerator<T> {
	yield* values;
}

const name = new ContextVar("name", { default: "nobody" });

test("toObservable: a function is called for each subscription; an array that it gives is one value", async () => {
	const seen: unknown[] = [];
	await virtually(function* () {
		name.set("Ada");
		let calls = 0;
		const observable = toObservable(function* () {
			yield* sleep(1);
			return [++calls, name.get()];
		});
		yield* withTaskGroup(() => {
			observable.subscribe(
				(value) => void seen.push(value),
				null,
				() => seen.push("end"),
			);
			observable.subscribe({ next: (value) => void seen.push(value) });
		});
		expect(observable["@@observable"]()).toBe(observable);
	});
	expect(seen).toEqual([[1, "Ada"], "end", [2, "Ada"]]);
});

test("toObservable: an async generator function is called for each subscription", async () => {
	const seen: unknown[] = [];
	await virtually(function* () {
		const observable = toObservable(async function* () {
			yield 1;
			yield 2;
		});
		yield* withTaskGroup(() => {
			for (let count = 0; count < 2; count++) observable.subscribe((value) => void seen.push(value));
		});
	});
	expect(seen.sort()).toEqual([1, 1, 2, 2]);
});

test("toObservable: unsubscribing cancels, and the scope waits for the cleanup", async () => {
	const log: unknown[] = [];
	await virtually(function* () {
		yield* withTaskGroup(function* () {
			const subscription = toObservable(function* () {
				try {
					yield* sleepForever();
				} finally {
					yield* cleanup(() => sleep(5));
					log.push("clean");
				}
			}).subscribe({ error: (error) => void log.push(error) });
			yield* sleep(1);
			subscription.unsubscribe();
			log.push(subscription.closed);
		});
		log.push("left");
	});
	expect(log).toEqual([true, "clean", "left"]);
});

test("toObservable: an observer that throws is reported, and the others go on; an error without a listener is too", async () => {
	const reports: unknown[] = [];
	const seen: unknown[] = [];
	const thrown = new Error("observer");
	const failure = new Error("source");
	await virtually(
		function* () {
			toObservable([1, 2]).subscribe(() => {
				throw thrown;
			});
			toObservable([1, 2]).subscribe((value) => void seen.push(value));
			toObservable(() => {
				throw failure;
			}).subscribe(() => {});
			yield* sleep(1);
		},
		{ ...quietly, onReport: ({ error }) => reports.push(error) },
	);
	expect([seen, reports]).toEqual([
		[1, 2],
		[thrown, thrown, failure],
	]);
});

test("toObservable: the end of its scope is told; subscribed to after that, it refuses by name", async () => {
	const errors: unknown[] = [];
	let observable: Subscribable<unknown> | undefined;
	const observer = { error: (error: unknown) => void errors.push((error as Error).name) };
	const error = new Error("x");
	const promise = virtually(function* () {
		observable = toObservable(() => sleepForever());
		observable.subscribe(observer);
		yield* sleep(1);
		throw error;
	});
	expect(await rejectionOf(promise)).toBe(error);
	observable?.subscribe(observer);
	expect(errors).toEqual(["TaskCancelledError", "ClosedResourceError"]);
});
