import {
	Barrier,
	BrokenResourceError,
	type CancelScope,
	type Coroutine,
	Latch,
	MisuseError,
	ReadWriteLock,
	sleep,
	withCancelScope,
	withTaskGroup,
} from "holdfast";
import { equal, instance, test, thrown, thrownBy } from "../harness.ts";

/** Lets all tasks run until they wait. */
const settle = (): Coroutine<void> => sleep(1);

test("HF-BAR-01", "all parties go on when the last one arrives, generation after generation", async () => {
	const barrier = new Barrier(3);
	const places: number[][] = [[], [], []];
	await withTaskGroup(async (group) => {
		for (const pause of [1, 2, 3]) {
			group.spawn(async () => {
				for (const round of places) {
					await sleep(pause);
					const place = await barrier.wait();
					round[place] = pause;
				}
			});
		}
	});
	equal(places, [
		[1, 2, 3],
		[1, 2, 3],
		[1, 2, 3],
	]);
	equal(barrier.statistics(), { parties: 3, waiting: 0, generation: 3 });
});

test("HF-BAR-02", "a cancelled party gives its place back; one that was released goes on", async () => {
	const barrier = new Barrier(2);
	const log: string[] = [];
	await withTaskGroup(async (group) => {
		const scopes: CancelScope[] = [];
		for (const name of ["a", "b"]) {
			group.spawn(() =>
				withCancelScope(async (scope) => {
					scopes.push(scope);
					await barrier.wait();
					log.push(name);
				}),
			);
			await settle();
			if (name === "a") scopes[0]?.cancel();
			await settle();
		}
		equal([log, barrier.statistics().waiting], [[], 1]);
		equal(await barrier.wait(), 1);
		scopes[1]?.cancel();
	});
	equal(log, ["b"]);
});

test("HF-LAT-01", "a latch opens at 0, for those who wait and those who come later, and refuses more", async () => {
	const latch = new Latch(3);
	let woken = 0;
	await withTaskGroup(async (group) => {
		for (let i = 0; i < 2; i++) {
			group.spawn(async () => {
				await latch.wait();
				woken++;
			});
		}
		latch.countDown();
		await settle();
		equal([latch.count, woken, latch.tryWait()], [2, 0, false]);
		latch.countDown(2);
		await settle();
		equal([latch.count, woken, latch.tryWait()], [0, 2, true]);
	});
	await latch.wait();
	instance(
		thrownBy(() => latch.countDown()),
		MisuseError,
	);
});

test("HF-RWL-01", "many read, one writes, first come, first served", async () => {
	const lock = new ReadWriteLock();
	const log: string[] = [];
	await withTaskGroup(async (group) => {
		for (const name of ["r1", "r2", "w1", "r3", "r4", "w2", "r5"]) {
			const face = name.startsWith("r") ? lock.read : lock.write;
			group.spawn(() =>
				face.with(async () => {
					log.push(`+${name}`);
					await sleep(5);
					log.push(`-${name}`);
				}),
			);
		}
		await settle();
		equal([lock.read.tryAcquire(), lock.write.tryAcquire()], [false, false]);
	});
	equal(log.join(" "), "+r1 +r2 -r1 -r2 +w1 -w1 +r3 +r4 -r3 -r4 +w2 -w2 +r5 -r5");
});

test("HF-RWL-02", "a writer that is cancelled lets the readers behind it in", async () => {
	const lock = new ReadWriteLock();
	let reading = 0;
	await withTaskGroup(async (group) => {
		await lock.read.acquire();
		const writer = group.spawn(() => lock.write.with(() => sleep(5)));
		await settle();
		for (let i = 0; i < 2; i++) {
			group.spawn(() =>
				lock.read.with(async () => {
					reading++;
				}),
			);
		}
		await settle();
		equal(reading, 0);
		writer.cancel();
		await settle();
		equal(reading, 2);
		lock.read.release();
	});
});

test("HF-RWL-03", "a holder that ends without releasing it breaks it, for who waits and who comes later", async () => {
	for (const mode of ["read", "write"] as const) {
		const lock = new ReadWriteLock();
		const errors: unknown[] = [];
		await withTaskGroup(async (group) => {
			group.spawn(async () => {
				await lock[mode].acquire();
				await sleep(5);
			});
			await settle();
			group.spawn(async () => {
				errors.push(await thrown(() => lock.write.acquire()));
			});
			await sleep(10);
			errors.push(await thrown(() => lock.read.acquire()));
		});
		equal(errors.length, 2);
		for (const error of errors) instance(error, BrokenResourceError);
	}
});
