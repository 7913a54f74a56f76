import { checkpoint, Lock, now, run, sleep, withTaskGroup } from "holdfast";
import { expect, test } from "vitest";
import { ScheduleError, seededSchedule, underSeeds, VirtualLoop, virtualRun } from "./index.ts";

/** In which order ten tasks run, batch by batch. */
function orderOf(loop: VirtualLoop): Promise<string[]> {
	const seen: string[] = [];
	return run(
		function* () {
			yield* withTaskGroup((group) => {
				for (let task = 0; task < 10; task++)
					group.spawn(function* () {
						for (let step = 0; step < 3; step++) {
							seen.push(`${step}${task}`);
							yield* checkpoint();
						}
					});
			});
			return seen;
		},
		{ loop },
	);
}

test("a seed gives one order, and the same one again", async () => {
	const once = await orderOf(seededSchedule(7));
	expect(await orderOf(seededSchedule(7))).toEqual(once);
	expect(await orderOf(seededSchedule(8))).not.toEqual(once);
	expect(once).not.toEqual(await orderOf(new VirtualLoop()));
});

test("it orders batches only: nobody gets a second step before everybody has had the first", async () => {
	for (let seed = 0; seed < 50; seed++) {
		const steps = (await orderOf(seededSchedule(seed))).map((it) => it[0]);
		expect(steps).toEqual([...steps].sort());
	}
});

test("every task comes first under some seed", async () => {
	const firsts = new Set<string | undefined>();
	for (let seed = 0; seed < 200; seed++) firsts.add((await orderOf(seededSchedule(seed)))[0]);
	expect(firsts.size).toBe(10);
});

test("time is virtual, and instants are those of every other order", async () => {
	const main = function* (): Generator<unknown, number, never> {
		yield* withTaskGroup((group) => {
			for (let task = 1; task <= 5; task++) group.spawn(() => sleep(task * 1_000));
		});
		return now();
	};
	for (let seed = 0; seed < 5; seed++) expect(await virtualRun(main, { seed })).toBe(5_000);
});

/** Two withdrawals that look first and take later. */
async function balanceAfter(seed: number | undefined, lock?: Lock): Promise<number> {
	let balance = 100;
	const withdraw = function* (): Generator<unknown, void, never> {
		yield* checkpoint();
		const before = balance;
		if (before < 100) return;
		yield* checkpoint();
		balance = before - 100;
	};
	await virtualRun(
		() =>
			withTaskGroup((group) => {
				group.spawn(function* () {
					for (let turn = 0; turn < 3; turn++) yield* checkpoint();
					balance += 50;
				});
				for (let task = 0; task < 2; task++) group.spawn(() => (lock === undefined ? withdraw() : lock.with(withdraw)));
			}),
		seed === undefined ? {} : { seed },
	);
	return balance;
}

test("a race that the default order hides is found, and replayed by its seed", async () => {
	/** Reads in the same batch in which the other task writes. */
	const racy = async (seed?: number): Promise<void> => {
		let ready = false;
		await virtualRun(
			() =>
				withTaskGroup((group) => {
					group.spawn(() => {
						ready = true;
					});
					group.spawn(() => {
						if (!ready) throw new Error("not ready");
					});
				}),
			seed === undefined ? {} : { seed },
		);
	};
	await racy();
	const found = await underSeeds(racy).then(
		() => undefined,
		(error: unknown) => error,
	);
	expect(found).toBeInstanceOf(ScheduleError);
	const { seed, cause, message, code } = found as ScheduleError;
	expect(code).toBe("HOLDFAST_SCHEDULE");
	expect(message).toContain(`seededSchedule(${seed})`);
	expect(cause).toMatchObject({ message: "not ready" });
	for (let turn = 0; turn < 3; turn++) await expect(racy(seed)).rejects.toThrow("not ready");
});

test("a program without a race passes under every seed", async () => {
	let calls = 0;
	await underSeeds(
		async (seed) => {
			calls++;
			expect([50, 150]).toContain(await balanceAfter(seed, new Lock()));
		},
		{ count: 20, first: -3 },
	);
	expect(calls).toBe(20);
});

test("seeds and counts are integers, the test is a function", async () => {
	for (const seed of [0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
		expect(() => seededSchedule(seed)).toThrow(RangeError);
		await expect(virtualRun(() => sleep(1), { seed })).rejects.toThrow(RangeError);
	}
	await expect(underSeeds(() => {}, { count: 0 })).rejects.toThrow(RangeError);
	await expect(underSeeds(() => {}, { first: 0.5 })).rejects.toThrow(RangeError);
	await expect(underSeeds(Promise.resolve() as never)).rejects.toThrow("takes a function");
	for (const seed of [0, -1, 2 ** 32, 2 ** 40 + 1]) expect((await orderOf(seededSchedule(seed))).length).toBe(30);
	expect(await orderOf(seededSchedule(2 ** 40))).not.toEqual(await orderOf(seededSchedule(0)));
});
