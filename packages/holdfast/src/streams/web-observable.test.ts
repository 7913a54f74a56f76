import { expect, test } from "vitest";
import { run } from "../run.ts";
import { cleanup } from "../scopes.ts";
import { sleep, sleepForever } from "../sleep.ts";
import { fromObservable, type ObservableLike } from "./from-observable.ts";
import { type ObservableClass, toObservable } from "./to-observable.ts";

interface WebObservable extends ObservableLike<unknown> {
	subscribe(observer: object, options?: { signal?: AbortSignal }): void;
	take(count: number): WebObservable;
	toArray(): Promise<unknown[]>;
}

/** The Observable of the Web, which few hosts have so far; without it there is nothing to test. */
const { Observable } = globalThis as { Observable?: ObservableClass<WebObservable> };
const withWeb = Observable === undefined ? test.skip : test;

async function* count(log: string[]): AsyncGenerator<number> {
	try {
		for (let value = 0; ; value++) yield value;
	} finally {
		log.push("closed");
	}
}

withWeb("a source becomes an Observable of the Web, whose operators end it", async () => {
	const log: string[] = [];
	const values = await run(async () => {
		const observable = toObservable(() => count(log), Observable as ObservableClass<WebObservable>);
		return await observable.take(3).toArray();
	});
	expect([values, log]).toEqual([[0, 1, 2], ["closed"]]);
});

withWeb("an error of a call is the Observable's, and aborting cancels the call", async () => {
	const error = new Error("broken");
	const log: string[] = [];
	await run(function* () {
		const failing = toObservable(
			() => {
				throw error;
			},
			Observable as ObservableClass<WebObservable>,
		);
		failing.subscribe({ error: (seen: unknown) => log.push(String(seen === error)) });
		const controller = new AbortController();
		const endless = toObservable(
			function* () {
				try {
					yield* sleepForever();
				} finally {
					yield* cleanup(() => sleep(1));
					log.push("clean");
				}
			},
			Observable as ObservableClass<WebObservable>,
		);
		endless.subscribe({}, { signal: controller.signal });
		yield* sleep(1);
		controller.abort();
	});
	expect(log).toEqual(["true", "clean"]);
});

withWeb("element.when() is read as a stream, and closed with it", async () => {
	const target = new EventTarget() as EventTarget & { when(name: string): ObservableLike<Event> };
	const types = await run(function* () {
		const stream = fromObservable(target.when("ping"));
		setTimeout(() => {
			for (let count = 0; count < 3; count++) target.dispatchEvent(new Event("ping"));
		}, 1);
		const types: string[] = [];
		for (let read = 0; read < 3; read++) types.push((yield* stream.next()).value?.type ?? "");
		yield* stream.close();
		return types;
	});
	expect(types).toEqual(["ping", "ping", "ping"]);
});

withWeb("one that emits synchronously for ever is ended by name", async () => {
	const endless = new (
		Observable as unknown as new (
			subscribe: (subscriber: { active: boolean; next(value: number): void }) => void,
		) => WebObservable
	)((subscriber) => {
		for (let value = 0; subscriber.active; value++) subscriber.next(value);
	});
	const seen = await run(function* () {
		const stream = fromObservable(endless, { capacity: 2 });
		const values = [(yield* stream.next()).value, (yield* stream.next()).value];
		try {
			yield* stream.next();
		} catch (error) {
			values.push((error as Error).name);
		}
		return values;
	});
	expect(seen).toEqual([0, 1, "LaggedError"]);
});
