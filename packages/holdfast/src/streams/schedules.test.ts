import { expectNoLeaks, seededSchedule, underSeeds } from "@holdfast/testing";
import { expect, test } from "vitest";
import { coroutine } from "../coroutine.ts";
import { ClosedResourceError } from "../errors.ts";
import { withTaskGroup } from "../group.ts";
import { run } from "../run.ts";
import { moveOnAfter } from "../scopes.ts";
import { checkpoint, sleep } from "../sleep.ts";
import { fromAsyncIterable } from "./iterated.ts";
import { merge } from "./merge.ts";
import type { Stream } from "./stream.ts";
import { buffer, tee } from "./tee.ts";
import { batch } from "./timed.ts";

/** Numbers up to a limit, each after a while; notes how often it was closed, and that nobody asks twice at once. */
function source(limit: number, log: string[]): AsyncIterable<number> {
	let n = 0;
	let busy = false;
	return {
		[Symbol.asyncIterator]: () =>
			({
				next: coroutine(function* () {
					if (busy) throw new Error("asked twice at once");
					busy = true;
					try {
						yield* n % 3 === 0 ? sleep(1) : checkpoint();
					} finally {
						busy = false;
					}
					return n === limit ? { done: true, value: undefined } : { done: false, value: ++n };
				}),
				return: coroutine(function* () {
					if (busy) throw new Error("closed while it was asked");
					yield* sleep(1);
					log.push("closed");
					return { done: true, value: undefined };
				}),
			}) as never,
	};
}

/** Reads with deadlines that strike at any time, and closes after so many values. */
function* impatient(stream: Stream<number[] | number>, until: number): Generator<never, number[], unknown> {
	const values: number[] = [];
	try {
		while (values.length < until) {
			const result = yield* moveOnAfter(values.length % 2 === 0 ? 0.4 : 1, () => stream.next());
			if (result === undefined) yield* checkpoint();
			else if (result.done) break;
			else values.push(...[result.value].flat());
		}
	} finally {
		yield* stream.close();
	}
	return values;
}

test("under any schedule, with reads cut at any time, nothing is lost, doubled or left open", async () => {
	await underSeeds(
		(seed) =>
			expectNoLeaks(() =>
				run(
					function* () {
						const log: string[] = [];
						const [left, right] = tee(buffer(merge([source(9, log), source(7, log)], { capacity: 2 }), 3), {
							capacity: 2,
						});
						const batches = batch(left, { size: 3, within: 2 });
						const [short, all] = yield* withTaskGroup(function* (group) {
							const a = group.spawn(impatient, batches as Stream<number[] | number>, 5);
							const b = group.spawn(impatient, right as Stream<number[] | number>, 100);
							return [yield* a, yield* b] as const;
						});
						expect(short).toEqual(all.slice(0, short.length));
						expect([...all].sort((x, y) => x - y)).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9]);
						expect(log).toEqual([]);
					},
					{ loop: seededSchedule(seed) },
				),
			),
		{ count: 60 },
	);
});

test("under any schedule, closing in the middle closes every source once, before close returns", async () => {
	await underSeeds(
		(seed) =>
			expectNoLeaks(() =>
				run(
					function* () {
						const log: string[] = [];
						const stream = batch(buffer(merge([source(50, log), source(50, log)]), 2), { size: 2, within: 1 });
						yield* withTaskGroup(function* (group) {
							group.spawn(function* () {
								try {
									yield* impatient(stream as Stream<number[] | number>, 6);
								} catch (error) {
									expect(error).toBeInstanceOf(ClosedResourceError);
								}
								expect(log).toEqual(["closed", "closed"]);
							});
							group.spawn(function* () {
								yield* sleep(1);
								yield* stream.close();
								expect(log).toEqual(["closed", "closed"]);
							});
						});
					},
					{ loop: seededSchedule(seed) },
				),
			),
		{ count: 60 },
	);
});

test("a source that is read by nobody is closed by its scope under any schedule", async () => {
	await underSeeds(
		(seed) =>
			expectNoLeaks(() =>
				run(
					function* () {
						const log: string[] = [];
						yield* moveOnAfter(3, function* () {
							const stream = merge([source(50, log), fromAsyncIterable(source(50, log))]);
							yield* impatient(stream, 100);
						});
						expect(log).toEqual(["closed", "closed"]);
					},
					{ loop: seededSchedule(seed) },
				),
			),
		{ count: 60 },
	);
});
