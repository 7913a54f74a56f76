import fc from "fast-check";
import { expect, test } from "vitest";
import { thrownBy, virtually } from "../test/virtually.ts";
import { BusyResourceError } from "./errors.ts";
import { withTaskGroup } from "./group.ts";
import { PriorityQueue } from "./priority-queue.ts";
import { Queue } from "./queue.ts";
import { sleep } from "./sleep.ts";

interface Job {
	readonly priority: number;
	readonly name: string;
}

const byPriority = (a: Job, b: Job): number => a.priority - b.priority;

test("the smallest comes first, of equal ones the one that was put first", async () => {
	await virtually(function* () {
		const queue = new PriorityQueue<Job>(byPriority);
		expect(queue).toBeInstanceOf(Queue);
		for (const [name, priority] of Object.entries({ c1: 3, a1: 1, b1: 2, a2: 1, c2: 3, b2: 2, a3: 1 }))
			yield* queue.put({ name, priority });
		queue.shutdown();
		const names: string[] = [];
		while (queue.size > 0) names.push((yield* queue.get()).name);
		expect(names).toEqual(["a1", "a2", "a3", "b1", "b2", "c1", "c2"]);
	});
});

test("who waits to get is handed what comes, and who waits to put takes part in the order once it is in", async () => {
	await virtually(function* () {
		const queue = new PriorityQueue<number>((a, b) => a - b, 1);
		yield* withTaskGroup(function* (group) {
			const getter = group.spawn(() => queue.get());
			yield* sleep(1);
			yield* queue.put(9);
			expect(yield* getter).toBe(9);
			yield* queue.put(5);
			for (const value of [3, 1]) group.spawn(() => queue.put(value));
			yield* sleep(1);
			expect([yield* queue.get(), yield* queue.get(), yield* queue.get()]).toEqual([5, 3, 1]);
		});
	});
});

test("it takes any order of puts and gets, as a sorted array does", () => {
	fc.assert(
		fc.property(
			fc.array(fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }), { maxLength: 200 }),
			(actions) => {
				const queue = new PriorityQueue<Job>(byPriority);
				const model: Job[] = [];
				for (const [index, priority] of actions.entries())
					if (priority === undefined) expect(queue.tryGet()?.value).toBe(model.shift());
					else {
						const job = { priority, name: String(index) };
						queue.tryPut(job);
						const place = model.findIndex((each) => each.priority > priority);
						model.splice(place < 0 ? model.length : place, 0, job);
					}
				while (model.length > 0) expect(queue.tryGet()?.value).toBe(model.shift());
				expect(queue.size).toBe(0);
			},
		),
	);
});

test("an error of compare leaves the queue as it was, whenever it comes", () => {
	fc.assert(
		fc.property(
			fc.array(fc.nat(20), { minLength: 2, maxLength: 40 }),
			fc.nat(8),
			fc.boolean(),
			(values, after, puts) => {
				let allowed = Number.POSITIVE_INFINITY;
				const queue = new PriorityQueue<number>((a, b) => {
					if (allowed-- <= 0) throw new Error("boom");
					return a - b;
				});
				for (const value of values) queue.tryPut(value);
				allowed = after;
				let expected = values;
				try {
					if (puts) {
						queue.tryPut(7);
						expected = [...values, 7];
					} else {
						const got = queue.tryGet()?.value as number;
						expected = values.toSpliced(values.indexOf(got), 1);
					}
				} catch (error) {
					expect((error as Error).message).toBe("boom");
				}
				allowed = Number.POSITIVE_INFINITY;
				const rest: unknown[] = [];
				while (queue.size > 0) rest.push(queue.tryGet()?.value);
				expect(rest).toEqual(expected.toSorted((a, b) => a - b));
			},
		),
	);
});

test("a compare that uses the queue is refused, and leaves it as it was", () => {
	let meddle = (): unknown => undefined;
	const queue = new PriorityQueue<number>((a, b) => {
		meddle();
		return a - b;
	});
	for (const value of [3, 1, 2]) queue.tryPut(value);
	for (const use of [() => queue.tryGet(), () => queue.tryPut(0)]) {
		meddle = use;
		expect(thrownBy(() => queue.tryPut(9))).toBeInstanceOf(BusyResourceError);
		expect(thrownBy(() => queue.tryGet())).toBeInstanceOf(BusyResourceError);
	}
	meddle = () => undefined;
	expect([queue.tryGet(), queue.tryGet(), queue.tryGet(), queue.tryGet()]).toEqual([
		{ value: 1 },
		{ value: 2 },
		{ value: 3 },
		undefined,
	]);
});

test("a compare that gives no number is named with the values that it was given", () => {
	for (const wrong of [undefined, Number.NaN, true, "1"]) {
		const queue = new PriorityQueue<string>(() => wrong as number);
		queue.tryPut("a");
		const error = thrownBy(() => queue.tryPut("b")) as Error;
		expect([error.name, queue.size]).toEqual(["TypeError", 1]);
		expect(error.message).toMatch(/compare gave .* for "b" and "a"/);
	}
});

test("a value that cannot be compared fails the put that waits with it, and the next one takes the place", async () => {
	await virtually(function* () {
		const queue = new PriorityQueue<number>((a, b) => {
			if (a < 0 || b < 0) throw new Error("negative");
			return a - b;
		}, 2);
		for (const value of [1, 2]) yield* queue.put(value);
		yield* withTaskGroup(function* (group) {
			const bad = group.spawn(function* () {
				try {
					yield* queue.put(-1);
					return "put";
				} catch (error) {
					return (error as Error).message;
				}
			});
			const good = group.spawn(() => queue.put(3));
			yield* sleep(1);
			expect(yield* queue.get()).toBe(1);
			expect(yield* bad).toBe("negative");
			yield* good;
			expect(queue.statistics()).toMatchObject({ size: 2, unfinished: 3, waitingToPut: 0 });
		});
	});
});

test("putting and getting compare O(log n) times", () => {
	let compared = 0;
	const queue = new PriorityQueue<number>((a, b) => {
		compared++;
		return a - b;
	});
	const count = 1 << 15;
	for (let i = 0; i < count; i++) queue.tryPut(count - i);
	expect(compared).toBeLessThanOrEqual(count * 15);
	compared = 0;
	for (let i = 0; i < count; i++) queue.tryGet();
	expect(compared).toBeLessThanOrEqual(count * 30);
});

test("shut down at once drops what is in it", () => {
	const queue = new PriorityQueue<number>((a, b) => a - b);
	for (const value of [2, 1]) queue.tryPut(value);
	queue.shutdown({ immediate: true });
	expect(queue.size).toBe(0);
});
