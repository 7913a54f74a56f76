import {
	cleanup,
	currentTask,
	moveOnAfter,
	now,
	sleep,
	sleepForever,
	suppressedErrors,
	type Task,
	TimeoutError,
	withTaskGroup,
	withTimeout,
} from "holdfast";
import { equal, instance, ok, same, test, thrown } from "../harness.ts";

const failing = (error: unknown) => async (): Promise<never> => {
	throw error;
};

test("HF-GRP-01", "a group's deadline ends it, its children and its body", async () => {
	const start = now();
	let ended = 0;
	const child = async (): Promise<void> => {
		try {
			await sleepForever();
		} finally {
			ended++;
		}
	};
	await withTaskGroup(
		async (group) => {
			group.spawn(child);
			await child();
		},
		{ timeout: 5 },
	);
	equal([ended, now() - start], [2, 5]);
});

test("HF-GRP-07", "results() gives the values in the order in which the tasks end", async () => {
	const values: unknown[] = [];
	await withTaskGroup(async (group) => {
		for (const milliseconds of [30, 10, 20]) {
			group.spawn(async () => {
				await sleep(milliseconds);
				return milliseconds;
			});
		}
		for await (const value of group.results()) values.push(value);
	});
	equal(values, [10, 20, 30]);
});

test("HF-GRP-08", "a task that ends normally although its scope is cancelled is done, with its value", async () => {
	let task: Task<number> | undefined;
	await withTaskGroup(async (group) => {
		group.cancel();
		task = group.spawn(async () => 7);
	});
	equal(task?.state, "done");
	equal(await task, 7);
});

test("HF-GRP-09", "a failure of a spawned task fails the group although somebody observes it", async () => {
	const error = new Error("child");
	let observed: unknown;
	const group = withTaskGroup(async (group) => {
		const task = group.spawn(failing(error));
		task.catch((reason: unknown) => {
			observed = reason;
		});
		await sleepForever();
	});
	same(await thrown(() => group), error);
	await sleep(1);
	same(observed, error);
});

test("HF-GRP-10", "two siblings throw the same object: it counts once", async () => {
	const error = new Error("shared");
	const group = withTaskGroup(async (group) => {
		group.spawn(failing(error));
		group.spawn(failing(error));
	});
	same(await thrown(() => group), error);
	equal(suppressedErrors(error), []);
});

test("HF-GRP-11", "a group within a timeout ends before the TimeoutError is thrown", async () => {
	let alive = 0;
	const timeout = withTimeout(10, () =>
		withTaskGroup(async (group) => {
			for (let i = 0; i < 5; i++) {
				group.spawn(async () => {
					alive++;
					try {
						await sleepForever();
					} finally {
						await cleanup(() => sleep(i));
						alive--;
					}
				});
			}
		}),
	);
	instance(await thrown(() => timeout), TimeoutError);
	equal(alive, 0);
});

test("HF-GRP-12", "spawned tasks start in the next batch, in order, as tasks of their own", async () => {
	const log: string[] = [];
	const body = currentTask();
	await withTaskGroup(async (group) => {
		for (const name of ["a", "b"]) {
			group.spawn(async () => {
				log.push(name);
				ok(currentTask() !== body, "a task of its own");
			});
		}
		log.push("body");
	});
	equal(log, ["body", "a", "b"]);
});

test("HF-GRP-14", "a group's body that is cancelled from outside waits for its tasks' protected cleanup", async () => {
	const start = now();
	await moveOnAfter(5, () =>
		withTaskGroup(async (group) => {
			group.spawn(async () => {
				try {
					await sleepForever();
				} finally {
					await cleanup(() => sleep(20));
				}
			});
			await sleepForever();
		}),
	);
	equal(now() - start, 25);
});

test("HF-GRP-15", "results() can be left early: the group goes on; cancelled while it waits, it ends", async () => {
	const values: unknown[] = [];
	await withTaskGroup(async (group) => {
		for (const milliseconds of [10, 20, 30]) {
			group.spawn(async () => {
				await sleep(milliseconds);
				return milliseconds;
			});
		}
		for await (const value of group.results()) {
			values.push(value);
			if (value === 20) break;
		}
		equal(group.tasks.length, 1);
		await moveOnAfter(1, async () => {
			for await (const value of group.results()) values.push(value);
		});
		equal(group.tasks.length, 1);
	});
	equal(values, [10, 20]);
});
