import {
	type CancelScope,
	checkpoint,
	cleanup,
	currentDeadline,
	moveOnAfter,
	moveOnAt,
	now,
	shield,
	sleep,
	sleepForever,
	sleepUntil,
	TimeoutError,
	withCancelScope,
	withDeadline,
	withTaskGroup,
	withTimeout,
} from "holdfast";
import { VirtualLoop } from "holdfast/loops";
import { equal, instance, ok, outside, seen, settled, test, thrown, value, virtual } from "../harness.ts";

const infinity = Number.POSITIVE_INFINITY;

test("DLN-01", "a scope has no deadline of its own; a past one that meets no suspension cancels nothing", async () => {
	let scope: CancelScope | undefined;
	const value = await withCancelScope(async (it) => {
		scope = it;
		equal(it.deadline, infinity);
		it.deadline = now() - 1;
		return "value";
	});
	equal([value, scope?.cancelledCaught], ["value", false]);
	await checkpoint();
	const late = await withCancelScope(async (it) => {
		scope = it;
		it.deadline = now() + 5;
		await sleep(10);
		return "not reached";
	});
	equal([late, scope?.cancelledCaught], [undefined, true]);
});

test("DLN-02", "a deadline that is moved earlier takes effect at the next suspension, again and again", async () => {
	const log: string[] = [];
	await withCancelScope({ timeout: 1000 }, function* (scope) {
		yield* sleep(1);
		scope.deadline = now() - 1;
		for (let i = 0; i < 3; i++) {
			yield* seen(() => checkpoint());
			log.push("thrown");
		}
	});
	equal(log, ["thrown", "thrown", "thrown"]);
});

test("DLN-04", "currentDeadline() is the earliest that is visible", async () => {
	const table: number[] = [];
	const start = now();
	const note = (): void => {
		table.push(currentDeadline() - start);
	};
	note();
	await withCancelScope({ deadline: start + 5 }, async (outer) => {
		await withCancelScope({ deadline: start + 10 }, async (inner) => {
			note();
			inner.deadline = start + 3;
			note();
			inner.deadline = start + 10;
			note();
			inner.shield = true;
			note();
			inner.shield = false;
			note();
			outer.cancel();
			note();
			inner.shield = true;
			note();
		});
		note();
	});
	note();
	equal(table, [infinity, 5, 3, 5, 10, 5, -infinity, 10, -infinity, infinity]);
});

class CountingLoop extends VirtualLoop {
	armed = 0;
	override callAt(when: number, callback: () => void): () => void {
		this.armed++;
		const cancel = super.callAt(when, callback);
		let isArmed = true;
		return () => {
			if (isArmed) this.armed--;
			isArmed = false;
			cancel();
		};
	}
}

outside("DLN-05", "2,000 changes of a deadline leave no trail of timers", function* () {
	const loop = new CountingLoop();
	const main = async (): Promise<void> => {
		const start = now();
		await withCancelScope({ timeout: 1000 }, async (scope) => {
			for (let i = 0; i < 2000; i++) scope.deadline = start + 1000 + i;
			await checkpoint();
			ok(loop.armed < 10, `${loop.armed} timers are armed`);
			await sleepForever();
		});
		equal(now() - start, 2999);
	};
	yield* value(virtual(main, { loop }));
});

test("DLN-06", "NaN and negative durations are RangeErrors; a past absolute deadline is not", async () => {
	for (const wrong of [Number.NaN, -1, -infinity]) {
		const calls = [
			() => sleep(wrong),
			() => withTimeout(wrong, () => {}),
			() => moveOnAfter(wrong, () => {}),
			() => withCancelScope({ timeout: wrong }, () => {}),
		];
		for (const call of calls) instance(await thrown(call), RangeError);
	}
	for (const call of [
		() => sleepUntil(Number.NaN),
		() => withDeadline(Number.NaN, () => {}),
		() => moveOnAt(Number.NaN, () => {}),
		() => withCancelScope({ deadline: Number.NaN }, () => {}),
	]) {
		instance(await thrown(call), RangeError);
	}
	equal(await moveOnAt(now() - 10, () => "value"), "value");
	await sleepUntil(now() - 10);
});

test("DLN-08", "a shielded timeout fires under a cancelled scope", async () => {
	const log: string[] = [];
	const start = now();
	await withCancelScope(async (outer) => {
		outer.cancel();
		await withCancelScope({ timeout: 5, shield: true }, () => sleepForever());
		log.push(`moved on at ${now() - start}`);
		const error = await thrown(() => shield(() => withTimeout(5, () => sleepForever())));
		instance(error, TimeoutError);
		log.push(`timed out at ${now() - start}`);
	});
	equal(log, ["moved on at 5", "timed out at 10"]);
});

test("DLN-09", "sleep(0) in a scope whose time is over throws", async () => {
	const value = await moveOnAfter(0, async () => {
		await sleep(0);
		return "not reached";
	});
	equal(value, undefined);
	instance(await thrown(() => withTimeout(0, () => sleep(0))), TimeoutError);
});

test(
	"DLN-10",
	"a timeout that is cancelled explicitly throws no TimeoutError, even if the deadline passes during its cleanup",
	async () => {
		equal(
			await withTimeout(10, async (scope) => {
				scope.cancel();
				await sleepForever();
			}),
			undefined,
		);
		const start = now();
		const value = await withTimeout(10, async (scope) => {
			try {
				scope.cancel();
				await sleepForever();
			} finally {
				await cleanup(() => sleep(20));
			}
		});
		equal([value, now() - start], [undefined, 20]);
	},
);

test("DLN-12", "a shielded inner timeout under a cancelled scope throws its TimeoutError", async () => {
	const error = await thrown(() =>
		withCancelScope(async (outer) => {
			outer.cancel();
			await shield(() => withTimeout(5, () => sleepForever()));
		}),
	);
	instance(error, TimeoutError);
});

test("DLN-13", "a deadline that is extended in time prevents the timeout", async () => {
	const value = await withTimeout(10, async (scope) => {
		await sleep(5);
		scope.deadline = now() + 100;
		await sleep(50);
		return "value";
	});
	equal(value, "value");
});

test("DLN-14", "a shield hides the outer deadline from currentDeadline()", async () => {
	await moveOnAfter(10, async () => {
		await shield(async () => {
			equal(currentDeadline(), infinity);
		});
	});
});

outside(
	"TST-02",
	"virtual time jumps to the next deadline: 100 tasks sleep exactly as long as they asked for",
	function* () {
		const main = async (): Promise<number[]> => {
			const start = now();
			const ends: number[] = [];
			await withTaskGroup(async (group) => {
				for (let i = 99; i >= 0; i--) {
					group.spawn(async () => {
						await sleep(i * 1000);
						ends.push(now() - start);
					});
				}
			});
			return ends;
		};
		const ends = yield* value(virtual(main));
		equal(
			ends,
			Array.from({ length: 100 }, (_, i) => i * 1000),
		);
	},
);

outside("TST-04", "a virtual loop that no run uses changes nothing", function* () {
	const unused = new VirtualLoop();
	const before = unused.now();
	const main = async (): Promise<number> => {
		const start = now();
		await sleep(5);
		return now() - start;
	};
	equal(yield* value(virtual(main)), 5);
	equal(unused.now(), before);
	equal((yield* settled(virtual(() => sleep(1)))).ok, true);
});
