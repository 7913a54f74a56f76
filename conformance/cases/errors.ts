import {
	checkpoint,
	cleanup,
	moveOnAfter,
	type Report,
	sleep,
	sleepForever,
	suppressedErrors,
	TaskCancelledError,
	TaskGroupError,
	TimeoutError,
	until,
	withTaskGroup,
	withTimeout,
} from "holdfast";
import {
	equal,
	hostTurn,
	instance,
	ok,
	outside,
	reports,
	same,
	settled,
	test,
	thrown,
	value,
	virtual,
} from "../harness.ts";

/** The kinds and errors of the reports so far, taken. */
const taken = (): unknown[] => reports().map((it) => [it.kind, it.error]);

test("HF-ERR-01", "errors of siblings and of their cleanup are kept in order", async () => {
	const names = ["first", "second", "cleanup", "body"];
	const [first, second, clean, body] = names.map((it) => new Error(it));
	const group = withTaskGroup(async (group) => {
		group.spawn(async () => {
			await sleep(1);
			throw first;
		});
		group.spawn(async () => {
			await sleep(1);
			throw second;
		});
		group.spawn(async () => {
			try {
				await sleepForever();
			} finally {
				await cleanup(async () => {
					await sleep(1);
					throw clean;
				});
			}
		});
		try {
			await sleepForever();
		} finally {
			await cleanup(async () => {
				await sleep(2);
				throw body;
			});
		}
	});
	same(await thrown(() => group), first);
	equal(suppressedErrors(first), [second, clean, body]);
});

test("HF-ERR-02", "suppressed errors are shown in the printed stack", async () => {
	const first = new Error("first");
	const second = new Error("the second one");
	const group = withTaskGroup(async (group) => {
		for (const error of [first, second]) {
			group.spawn(async () => {
				throw error;
			});
		}
	});
	await thrown(() => group);
	ok(/the second one/.test(first.stack ?? ""), `the stack shows the second error: ${first.stack}`);
});

test("HF-ERR-03", "what cannot be kept with a primitive is reported", async () => {
	const second = new Error("second");
	const group = withTaskGroup(async (group) => {
		for (const error of ["primitive", second]) {
			group.spawn(async () => {
				throw error;
			});
		}
	});
	same(await thrown(() => group), "primitive");
	equal(suppressedErrors("primitive"), []);
	equal(taken(), [["suppressed", second]]);
});

test(
	"HF-ERR-04",
	"a foreign promise that rejects after its waiter was cancelled is reported, never unhandled",
	async () => {
		const late = new Error("late");
		let reject: ((error: Error) => void) | undefined;
		const foreign = new Promise<void>((_, it) => {
			reject = it;
		});
		await moveOnAfter(5, async () => {
			await foreign;
		});
		equal(taken(), []);
		reject?.(late);
		await sleep(1);
		await hostTurn();
		equal(taken(), [["late-rejection", late]]);
	},
);

outside("HF-ERR-05", "a report tells the kind, the task and its path", function* () {
	const late = new Error("late");
	const seen: Report[] = [];
	let reject: ((error: Error) => void) | undefined;
	const foreign = new Promise<void>((_, it) => {
		reject = it;
	});
	const main = async (): Promise<void> => {
		await withTaskGroup(async (group) => {
			group.spawnWith({ name: "waiter" }, () => moveOnAfter(5, () => until(foreign)));
		});
		reject?.(late);
		await sleep(1);
		await hostTurn();
	};
	yield* value(virtual(main, { name: "program", onReport: (report) => seen.push(report) }));
	equal(seen.length, 1);
	const [report] = seen;
	same(report?.error, late);
	ok(/waiter/.test(report?.path ?? ""), `the path names the task: ${report?.path}`);
});

test("HF-ERR-06", "errors have a name and a stable code", async () => {
	const timeout = await thrown(() => withTimeout(1, () => sleepForever()));
	instance(timeout, TimeoutError);
	equal([timeout.name, Reflect.get(timeout, "code")], ["TimeoutError", "HOLDFAST_TIMEOUT"]);
	await withTaskGroup(async (group) => {
		const task = group.spawn(() => sleepForever());
		task.cancel("enough");
		const cancelled = await thrown(() => task);
		instance(cancelled, TaskCancelledError);
		equal([cancelled.name, Reflect.get(cancelled, "code")], ["TaskCancelledError", "HOLDFAST_TASK_CANCELLED"]);
	});
});

test("HF-ERR-07", "awaiting a cancelled task is an ordinary error: nobody is cancelled at a distance", async () => {
	const log: string[] = [];
	await withTaskGroup(async (group) => {
		const task = group.spawn(() => sleepForever());
		group.spawn(async () => {
			try {
				await task;
			} catch (error) {
				instance(error, TaskCancelledError);
				log.push("caught");
			}
			await checkpoint();
			log.push("goes on");
		});
		await sleep(1);
		task.cancel();
	});
	equal(log, ["caught", "goes on"]);
});

test("HF-ERR-08", "a failure in cleanup does not hide the error that led to it, nor the other way round", async () => {
	const body = new Error("body");
	const clean = new Error("cleanup");
	const group = withTaskGroup(
		async (group) => {
			group.spawn(async () => {
				try {
					await sleepForever();
				} finally {
					// biome-ignore lint/correctness/noUnsafeFinally: the case is about an error of the cleanup.
					throw clean;
				}
			});
			await sleep(1);
			throw body;
		},
		{ errors: "group" },
	);
	const wrapped = await thrown(() => group);
	instance(wrapped, TaskGroupError);
	equal(wrapped.errors, [body, clean]);
});

outside(
	"HF-ERR-09",
	"an error that is thrown while main is cancelled comes out of run, with what led to it",
	function* () {
		const error = new Error("cleanup");
		const controller = new AbortController();
		const main = async (): Promise<void> => {
			try {
				controller.abort(new Error("signal"));
				await sleepForever();
			} finally {
				// biome-ignore lint/correctness/noUnsafeFinally: the case is about an error of the cleanup.
				throw error;
			}
		};
		same((yield* settled(virtual(main, { signal: controller.signal }))).error, error);
	},
);

test("HF-ERR-10", "a task that fails after its waiter was cancelled is not lost: the group has its error", async () => {
	const error = new Error("task");
	const group = withTaskGroup(async (group) => {
		const task = group.spawn(async () => {
			await sleep(10);
			throw error;
		});
		await moveOnAfter(5, async () => {
			await task;
		});
		await sleepForever();
	});
	same(await thrown(() => group), error);
});

test("HF-ERR-11", "a frozen error keeps its suppressed errors, and is left as it is", async () => {
	const frozen = Object.freeze(new Error("frozen"));
	const second = new Error("second");
	const group = withTaskGroup(async (group) => {
		for (const error of [frozen, second]) {
			group.spawn(async () => {
				throw error;
			});
		}
	});
	same(await thrown(() => group), frozen);
	equal(suppressedErrors(frozen), [second]);
});
