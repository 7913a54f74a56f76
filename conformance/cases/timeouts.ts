import {
	type CancelScope,
	cleanup,
	moveOnAfter,
	moveOnAt,
	now,
	type Resume,
	sleep,
	sleepForever,
	sleepUntil,
	suppressedErrors,
	suspend,
	TimeoutError,
	withCancelScope,
	withDeadline,
	withTaskGroup,
	withTimeout,
} from "holdfast";
import { VirtualLoop } from "holdfast/loops";
import { equal, instance, ok, outcome, outside, same, test, thrown, value, virtual } from "../harness.ts";

const infinity = Number.POSITIVE_INFINITY;

test("DLN-16", "two nested timeouts with the same deadline give one TimeoutError, from the outer one", async () => {
	const log: string[] = [];
	const scopes: CancelScope[] = [];
	const error = await thrown(() =>
		withTimeout(10, async (outer) => {
			await outcome(() =>
				withTimeout(10, async (inner) => {
					scopes.push(outer, inner);
					await sleepForever();
				}),
			);
			log.push("not reached");
		}),
	);
	instance(error, TimeoutError);
	equal(log, []);
	equal(
		scopes.map((it) => [it.cancelCalled, it.cancelledCaught]),
		[
			[true, true],
			[true, false],
		],
	);
});

test("DLN-17", "an inner timeout that is caught does not keep the outer one from firing", async () => {
	const log: string[] = [];
	const start = now();
	const error = await thrown(() =>
		withTimeout(20, async () => {
			instance(await thrown(() => withTimeout(5, () => sleepForever())), TimeoutError);
			log.push(`inner at ${now() - start}`);
			await sleepForever();
		}),
	);
	instance(error, TimeoutError);
	equal(log, ["inner at 5"]);
	equal(now() - start, 20);
});

test(
	"DLN-18",
	"an error of the body passes the timeout; after the deadline the TimeoutError is kept with it",
	async () => {
		const before = new Error("before");
		const failing = withTimeout(10, async () => {
			await sleep(1);
			throw before;
		});
		same(await thrown(() => failing), before);
		equal(suppressedErrors(before), []);
		const after = new Error("after");
		const cleaning = withTimeout(10, async () => {
			try {
				await sleepForever();
			} finally {
				// biome-ignore lint/correctness/noUnsafeFinally: the case is about an error of the cleanup.
				throw after;
			}
		});
		same(await thrown(() => cleaning), after);
		const [timeout, ...rest] = suppressedErrors(after);
		instance(timeout, TimeoutError);
		equal(rest, []);
	},
);

test("DLN-20", "a deadline can be moved later or taken away; after the scope's end that has no effect", async () => {
	let ended: CancelScope | undefined;
	const value = await withTimeout(10, async (scope) => {
		ended = scope;
		scope.deadline += 10;
		await sleep(15);
		scope.deadline = infinity;
		await sleep(1000);
		return "value";
	});
	equal(value, "value");
	if (ended !== undefined) ended.deadline = now() - 1;
	await sleep(1);
	equal(ended?.cancelledCaught, false);
});

test("DLN-21", "a timeout inside the cleanup of a timed-out block works", async () => {
	const start = now();
	let inner: unknown;
	const error = await thrown(() =>
		withTimeout(10, async () => {
			try {
				await sleepForever();
			} finally {
				inner = await cleanup(() => thrown(() => withTimeout(5, () => sleepForever())));
			}
		}),
	);
	instance(error, TimeoutError);
	instance(inner, TimeoutError);
	ok(error !== inner, "two errors");
	equal(now() - start, 15);
	const passing = await thrown(() =>
		withTimeout(10, async () => {
			try {
				await sleepForever();
			} finally {
				await cleanup(() => withTimeout(5, () => sleepForever()));
			}
		}),
	);
	instance(passing, TimeoutError);
	instance(suppressedErrors(passing)[0], TimeoutError);
});

test(
	"DLN-22",
	"a timeout around a group whose child fails in its cleanup: the error passes, the TimeoutError is kept with it",
	async () => {
		const error = new Error("cleanup");
		const timeout = withTimeout(10, () =>
			withTaskGroup(async (group) => {
				group.spawn(async () => {
					try {
						await sleepForever();
					} finally {
						// biome-ignore lint/correctness/noUnsafeFinally: the case is about an error of the cleanup.
						throw error;
					}
				});
				await sleepForever();
			}),
		);
		same(await thrown(() => timeout), error);
		instance(suppressedErrors(error)[0], TimeoutError);
	},
);

test("DLN-24", "a timeout waits for slow cleanup before it throws; an error of the cleanup wins", async () => {
	const start = now();
	const slow = withTimeout(5, async () => {
		try {
			await sleepForever();
		} finally {
			await cleanup(() => sleep(20));
		}
	});
	instance(await thrown(() => slow), TimeoutError);
	equal(now() - start, 25);
	const error = new Error("cleanup");
	const failing = withTimeout(5, async () => {
		try {
			await sleepForever();
		} finally {
			await cleanup(async () => {
				await sleep(20);
				throw error;
			});
		}
	});
	same(await thrown(() => failing), error);
});

test(
	"DLN-25",
	"a waiter is cancelled in the step in which what it waits for ends: the task's value is kept",
	async () => {
		await withTaskGroup(async (group) => {
			const task = group.spawn(async () => {
				await sleep(5);
				return "value";
			});
			await moveOnAfter(5, async () => {
				await task;
			});
			equal(await task, "value");
			equal(task.state, "done");
		});
	},
);

test("DLN-26", "cancelling what waits in a timeout cancels its body", async () => {
	const log: string[] = [];
	const start = now();
	await moveOnAfter(5, async () => {
		await withTimeout(50, async () => {
			try {
				await sleepForever();
			} finally {
				log.push(`body at ${now() - start}`);
			}
		});
		log.push("not reached");
	});
	equal(log, ["body at 5"]);
});

outside("HF-DLN-01", "a result that is there when the deadline fires wins", function* () {
	const loop = new VirtualLoop();
	const main = async (): Promise<string> => {
		let resume: Resume<string> | undefined;
		loop.callAt(now() + 10, () => resume?.("value"));
		return await withTimeout(10, async () => {
			return await suspend<string>((it) => {
				resume = it;
				return () => {};
			});
		});
	};
	equal(yield* value(virtual(main, { loop })), "value");
});

test("HF-DLN-02", "a TimeoutError is thrown only for the scope's own deadline", async () => {
	const log: string[] = [];
	const start = now();
	const error = await thrown(() =>
		withTimeout(5, async () => {
			await outcome(() => withTimeout(100, () => sleepForever()));
			log.push("not reached");
		}),
	);
	instance(error, TimeoutError);
	equal([log.length, now() - start], [0, 5]);
	equal(
		await withCancelScope(async (scope) => {
			scope.cancel();
			await withTimeout(5, () => sleepForever());
		}),
		undefined,
		"a cancelled scope around it catches",
	);
});

test("HF-DLN-03", "withDeadline and moveOnAt count on the clock of now()", async () => {
	const start = now();
	instance(await thrown(() => withDeadline(start + 7, () => sleepForever())), TimeoutError);
	equal(now() - start, 7);
	equal(await moveOnAt(start + 9, () => sleepForever()), undefined);
	equal(now() - start, 9);
	await sleepUntil(start + 12);
	equal(now() - start, 12);
});

test("HF-DLN-04", "a timeout's time counts from when it is awaited", async () => {
	const start = now();
	const timeout = withTimeout(5, () => sleepForever());
	await sleep(10);
	instance(await thrown(() => timeout), TimeoutError);
	equal(now() - start, 15);
});

test("HF-DLN-05", "moveOnAfter: cancelledCaught tells undefined as a result from a timeout", async () => {
	const caught: boolean[] = [];
	for (const wait of [1, 10]) {
		let scope: CancelScope | undefined;
		equal(
			await moveOnAfter(5, async (it) => {
				scope = it;
				await sleep(wait);
			}),
			undefined,
		);
		caught.push(scope?.cancelledCaught ?? false);
	}
	equal(caught, [false, true]);
});

test("HF-DLN-06", "another task can move a scope's deadline, also into the past", async () => {
	const start = now();
	await withTaskGroup(async (group) => {
		let scope: CancelScope | undefined;
		group.spawn(() =>
			moveOnAfter(100, async (it) => {
				scope = it;
				await sleepForever();
			}),
		);
		await sleep(1);
		if (scope !== undefined) scope.deadline = now() + 5;
		await sleep(1);
		equal(group.tasks.length, 1);
		if (scope !== undefined) scope.deadline = now() - 1;
		await sleep(0);
		await sleep(0);
		equal(group.tasks.length, 0);
	});
	equal(now() - start, 2);
});
