import fc from "fast-check";
import { expect, test } from "vitest";
import { thrownBy, virtually } from "../test/virtually.ts";
import { Barrier } from "./barrier.ts";
import { withTaskGroup } from "./group.ts";
import { type CancelScope, withCancelScope } from "./scopes.ts";
import { sleep } from "./sleep.ts";

test("when the last party arrives all go on, each with its place in the order of arrival", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const barrier = new Barrier(3);
		yield* withTaskGroup(function* (group) {
			for (const name of ["a", "b", "c"]) {
				yield* sleep(1);
				group.spawn(function* () {
					log.push(`${name} arrives`);
					const place = yield* barrier.wait();
					log.push(`${name} goes on, ${place}`);
				});
			}
			expect(barrier.statistics()).toEqual({ parties: 3, waiting: 2, generation: 0 });
		});
		expect(barrier.statistics()).toEqual({ parties: 3, waiting: 0, generation: 1 });
	});
	expect(log).toEqual(["a arrives", "b arrives", "c arrives", "c goes on, 2", "a goes on, 0", "b goes on, 1"]);
});

test("it is used again at once: who is fast waits for the next generation", async () => {
	const rounds: number[][] = [[], [], [], []];
	await virtually(function* () {
		const barrier = new Barrier(2);
		yield* withTaskGroup(function* (group) {
			for (const pause of [0, 3])
				group.spawn(function* () {
					for (const round of rounds) {
						yield* sleep(pause);
						round.push(yield* barrier.wait());
						expect(round.length).toBeLessThanOrEqual(2);
					}
				});
		});
		expect(barrier.statistics()).toEqual({ parties: 2, waiting: 0, generation: 4 });
	});
	for (const round of rounds) expect(round.toSorted()).toEqual([0, 1]);
});

test("a cancelled party gives its place back: the others wait for one more, and the places stay without gaps", async () => {
	const places: Record<string, number> = {};
	await virtually(function* () {
		const barrier = new Barrier(3);
		yield* withTaskGroup(function* (group) {
			const arrive = (name: string) =>
				group.spawn(function* () {
					places[name] = yield* barrier.wait();
				});
			const first = arrive("first");
			arrive("a");
			yield* sleep(1);
			first.cancel();
			yield* sleep(1);
			expect(barrier.statistics().waiting).toBe(1);
			arrive("b");
			yield* sleep(1);
			expect(places).toEqual({});
			arrive("c");
		});
	});
	expect(places).toEqual({ a: 0, b: 1, c: 2 });
});

test("released and cancelled in the same tick: it goes on until its next wait", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const barrier = new Barrier(2);
		yield* withTaskGroup(function* (group) {
			let scope: CancelScope | undefined;
			group.spawn(() =>
				withCancelScope(function* (it) {
					scope = it;
					log.push(`place ${yield* barrier.wait()}`);
					yield* sleep(1);
					log.push("not reached");
				}),
			);
			yield* sleep(1);
			expect(yield* barrier.wait()).toBe(1);
			scope?.cancel();
		});
	});
	expect(log).toEqual(["place 0"]);
});

test("wait in a cancelled scope does not arrive, although it is the last one", async () => {
	await virtually(function* () {
		const barrier = new Barrier(2);
		yield* withTaskGroup(function* (group) {
			const waiter = group.spawn(() => barrier.wait());
			yield* sleep(1);
			yield* withCancelScope(function* (scope) {
				scope.cancel();
				yield* barrier.wait();
			});
			expect(barrier.statistics()).toEqual({ parties: 2, waiting: 1, generation: 0 });
			waiter.cancel();
		});
		yield* withCancelScope(function* (scope) {
			scope.cancel();
			yield* new Barrier(1).wait();
			expect.unreachable();
		});
	});
});

test("tryWait arrives only as the last one", async () => {
	await virtually(function* () {
		const barrier = new Barrier(2);
		expect(barrier.tryWait()).toBe(undefined);
		expect(barrier.statistics().waiting).toBe(0);
		yield* withTaskGroup(function* (group) {
			const waiter = group.spawn(() => barrier.wait());
			yield* sleep(1);
			expect(barrier.tryWait()).toBe(1);
			expect(yield* waiter).toBe(0);
		});
	});
	expect(new Barrier(1).tryWait()).toBe(0);
});

test("the number of parties is a whole number from 1", () => {
	for (const wrong of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
		expect(thrownBy(() => new Barrier(wrong))).toBeInstanceOf(RangeError);
});

test("100,000 parties", async () => {
	const count = 100_000;
	let sum = 0;
	await virtually(function* () {
		const barrier = new Barrier(count);
		yield* withTaskGroup(function* (group) {
			for (let i = 0; i < count; i++)
				group.spawn(function* () {
					const place = yield* barrier.wait();
					sum += place;
				});
		});
	});
	expect(sum).toBe((count * (count - 1)) / 2);
});

test("model: a generation is as many as there are parties, whatever is cancelled", async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.integer({ min: 1, max: 4 }),
			fc.array(fc.record({ at: fc.nat(8), cancelAt: fc.option(fc.nat(8), { nil: undefined }) }), { maxLength: 14 }),
			async (parties, arrivals) => {
				await virtually(function* () {
					const barrier = new Barrier(parties);
					const places: number[] = [];
					yield* withTaskGroup(function* (group) {
						for (const { at, cancelAt } of arrivals) {
							const task = group.spawn(function* () {
								yield* sleep(at);
								places.push(yield* barrier.wait());
							});
							if (cancelAt !== undefined)
								group.spawn(function* () {
									yield* sleep(cancelAt);
									task.cancel();
								});
						}
						yield* sleep(20);
						const { generation, waiting } = barrier.statistics();
						expect(places.length).toBe(generation * parties);
						expect(waiting).toBeLessThan(parties);
						for (let place = 0; place < parties; place++)
							expect(places.filter((each) => each === place).length).toBe(generation);
						group.cancel();
					});
					expect(barrier.statistics().waiting).toBe(0);
				});
			},
		),
		{ numRuns: 100 },
	);
});
