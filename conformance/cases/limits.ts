import { CapacityLimiter, type Coroutine, checkpoint, Event, Semaphore, sleep, withTaskGroup } from "holdfast";
import { equal, instance, ok, test, thrown, thrownBy } from "../harness.ts";

/** Lets all tasks run until they wait. */
const settle = (): Coroutine<void> => sleep(1);

test("SYN-12", "a bounded semaphore refuses a release too many, and a maximum below its value", async () => {
	const semaphore = new Semaphore(1, { max: 1 });
	ok(thrownBy(() => semaphore.release()) instanceof Error, "a release too many throws");
	await semaphore.acquire();
	semaphore.release();
	equal(semaphore.value, 1);
	instance(
		thrownBy(() => new Semaphore(2, { max: 1 })),
		RangeError,
	);
	instance(
		thrownBy(() => new Semaphore(-1)),
		RangeError,
	);
	const unbounded = new Semaphore(1);
	unbounded.release();
	equal(unbounded.value, 2);
});

test(
	"SYN-16",
	"a limiter is resized while tasks wait: who holds goes on, who waits is let in as room appears",
	async () => {
		const limiter = new CapacityLimiter(2);
		const inside: number[] = [];
		const gates = Array.from({ length: 5 }, () => new Event());
		await withTaskGroup(async (group) => {
			for (const [index, gate] of gates.entries()) {
				group.spawn(() =>
					limiter.with(async () => {
						inside.push(index);
						await gate.wait();
						inside.splice(inside.indexOf(index), 1);
					}),
				);
			}
			await settle();
			equal(inside, [0, 1]);
			limiter.total = 4;
			await settle();
			equal([inside, limiter.borrowed, limiter.available], [[0, 1, 2, 3], 4, 0]);
			limiter.total = 1;
			await settle();
			equal(inside, [0, 1, 2, 3], "who holds goes on");
			for (const index of [0, 1, 2]) {
				gates[index]?.set();
				await settle();
			}
			equal([inside, limiter.borrowed], [[3], 1], "nobody new while the limit is exceeded");
			gates[3]?.set();
			await settle();
			equal(inside, [4]);
			gates[4]?.set();
		});
		equal([limiter.borrowed, limiter.available], [0, 1]);
	},
);

test("SYN-17", "a limit of 0 keeps everybody out until it is raised; Infinity lets everybody in", async () => {
	const limiter = new CapacityLimiter(0);
	let inside = 0;
	await withTaskGroup(async (group) => {
		for (let i = 0; i < 3; i++) {
			group.spawn(async () => {
				await limiter.acquire();
				inside++;
				await sleep(10);
				limiter.release();
			});
		}
		await settle();
		equal(inside, 0);
		limiter.total = 1;
		await settle();
		equal(inside, 1);
		limiter.total = Number.POSITIVE_INFINITY;
		await settle();
		equal(inside, 3);
	});
	for (const wrong of [-1, Number.NaN, 1.5]) {
		instance(
			thrownBy(() => new CapacityLimiter(wrong)),
			RangeError,
		);
	}
});

test("HF-SYN-05", "a limiter counts borrowers: the same one twice is an error, onBehalfOf names another", async () => {
	const limiter = new CapacityLimiter(3);
	await limiter.acquire();
	ok((await thrown(() => limiter.acquire())) instanceof Error, "the same borrower twice throws");
	const borrower = {};
	const other = limiter.onBehalfOf(borrower);
	await other.acquire();
	equal([limiter.borrowed, limiter.available], [2, 1]);
	equal(limiter.onBehalfOf({}).tryAcquire(), true);
	equal(limiter.onBehalfOf({}).tryAcquire(), false);
	other.release();
	limiter.release();
	equal(limiter.borrowed, 1);
});

test("HF-SYN-07", "primitives can be made outside a run and shared by tasks of several groups", async () => {
	const semaphore = new Semaphore(2);
	let inside = 0;
	let most = 0;
	const worker = (): Coroutine<void> =>
		semaphore.with(async () => {
			inside++;
			most = Math.max(most, inside);
			await checkpoint();
			inside--;
		});
	await withTaskGroup(async (outer) => {
		for (let i = 0; i < 3; i++) {
			outer.spawn(() =>
				withTaskGroup(async (group) => {
					for (let j = 0; j < 3; j++) group.spawn(worker);
				}),
			);
		}
	});
	equal([inside, most], [0, 2]);
});
