import {
	checkpoint,
	GroupClosedError,
	sleep,
	sleepForever,
	suppressedErrors,
	type TaskGroup,
	TaskGroupError,
	withCancelScope,
	withTaskGroup,
} from "holdfast";
import { equal, instance, ok, same, test, thrown, thrownBy } from "../harness.ts";

const failing = (error: unknown) => async (): Promise<never> => {
	throw error;
};

test("NUR-01", "an error of the body is thrown as it is", async () => {
	const error = new RangeError("body");
	same(await thrown(() => withTaskGroup(failing(error))), error);
	equal(suppressedErrors(error), []);
});

test("NUR-01", 'with errors: "group" it is in a TaskGroupError', async () => {
	const error = new RangeError("body");
	const wrapped = await thrown(() => withTaskGroup(failing(error), { errors: "group" }));
	instance(wrapped, TaskGroupError);
	instance(wrapped, AggregateError);
	equal(wrapped.errors, [error]);
});

test("NUR-02", "an error of a child is thrown as it is", async () => {
	const error = new RangeError("child");
	const group = withTaskGroup(async (group) => {
		group.spawn(failing(error));
	});
	same(await thrown(() => group), error);
});

test("NUR-04", "body and child both fail: the first is thrown, the second kept with it", async () => {
	const body = new Error("body");
	const child = new Error("child");
	const both = async (group: TaskGroup): Promise<void> => {
		group.spawn(failing(child));
		throw body;
	};
	same(await thrown(() => withTaskGroup(both)), body);
	equal(suppressedErrors(body), [child]);
	const wrapped = await thrown(() => withTaskGroup(both, { errors: "group" }));
	instance(wrapped, TaskGroupError);
	equal(wrapped.errors, [body, child], "one flat group of both");
});

test("NUR-05", "two children fail in one batch: both are kept, in order", async () => {
	const first = new Error("first");
	const second = new Error("second");
	const both = async (group: TaskGroup): Promise<void> => {
		group.spawn(failing(first));
		group.spawn(failing(second));
	};
	same(await thrown(() => withTaskGroup(both)), first);
	equal(suppressedErrors(first), [second]);
	const wrapped = await thrown(() => withTaskGroup(both, { errors: "group" }));
	instance(wrapped, TaskGroupError);
	equal(wrapped.errors, [first, second]);
});

test("NUR-06", "a failure cancels the siblings; their cleanup has run when the group is left", async () => {
	const error = new Error("child");
	const log: string[] = [];
	const group = withTaskGroup(async (group) => {
		group.spawn(async () => {
			try {
				await sleepForever();
			} finally {
				log.push("sibling");
			}
		});
		group.spawn(async () => {
			await sleep(1);
			throw error;
		});
		try {
			await sleepForever();
		} finally {
			log.push("body");
		}
	});
	same(await thrown(() => group), error);
	equal(log.sort(), ["body", "sibling"]);
});

test("NUR-08", "a child that is spawned into a cancelled group runs up to its first suspension", async () => {
	const log: string[] = [];
	await withTaskGroup(async (group) => {
		group.cancel();
		group.spawn(async () => {
			log.push("started");
			try {
				await sleep(1);
				log.push("not reached");
			} finally {
				log.push("finally");
			}
		});
	});
	equal(log, ["started", "finally"]);
});

test("NUR-09", "a group that has ended takes no more tasks", async () => {
	let ended: TaskGroup | undefined;
	await withTaskGroup(async (group) => {
		ended = group;
	});
	instance(
		thrownBy(() => ended?.spawn(failing(1))),
		GroupClosedError,
	);
});

test("NUR-10", "the coroutine of a group runs once", async () => {
	let entered = 0;
	const group = withTaskGroup(() => {
		entered++;
	});
	await group;
	ok((await thrown(() => group)) instanceof Error, "the second await throws");
	equal(entered, 1);
});

test("NUR-13", "an empty group in a cancelled scope throws nothing", async () => {
	let scope: { readonly cancelledCaught: boolean } | undefined;
	const value = await withCancelScope(async (outer) => {
		scope = outer;
		outer.cancel();
		await withTaskGroup(() => {});
		await withTaskGroup((group) => {
			group.spawn(() => {});
		});
		return "left";
	});
	equal(value, "left");
	equal(scope?.cancelledCaught, false);
});

test("NUR-14", "an error that the body throws in a cancelled scope survives", async () => {
	const error = new Error("body");
	const group = withCancelScope(async (scope) => {
		scope.cancel();
		await withTaskGroup(failing(error));
	});
	same(await thrown(() => group), error);
});

test("NUR-16", "nested groups of errors have one level per group, and no Cancelled in them", async () => {
	const error = new Error("innermost");
	const wrapped = await thrown(() =>
		withTaskGroup(
			async (outer) => {
				outer.spawn(() => sleepForever());
				await withTaskGroup(
					async (inner) => {
						inner.spawn(() => sleepForever());
						inner.spawn(failing(error));
					},
					{ errors: "group" },
				);
			},
			{ errors: "group" },
		),
	);
	instance(wrapped, TaskGroupError);
	equal(wrapped.errors.length, 1);
	const [inner] = wrapped.errors;
	instance(inner, TaskGroupError);
	equal(inner.errors, [error]);
});

test("NUR-17", "whatever is thrown passes a group unchanged, also what looks like control flow", async () => {
	for (const odd of [{ done: true, value: 1 }, undefined, null, 0, "text", Object.freeze(new Error("frozen"))]) {
		same(await thrown(() => withTaskGroup(failing(odd))), odd);
		const inChild = withTaskGroup(async (group) => {
			group.spawn(failing(odd));
		});
		same(await thrown(() => inChild), odd);
	}
});

test("NUR-18", "group.tasks holds a child from started() until its end", async () => {
	const sizes: number[] = [];
	await withTaskGroup(async (group) => {
		const child = async (started: (value: string) => void): Promise<void> => {
			sizes.push(group.tasks.length);
			await checkpoint();
			started("value");
			sizes.push(group.tasks.length);
			await sleep(5);
		};
		equal(await group.start(child), "value");
		sizes.push(group.tasks.length);
		await sleep(10);
		sizes.push(group.tasks.length);
	});
	equal(sizes, [0, 1, 1, 0]);
});

test("NUR-20", "an error of the body cancels the children; their cancellation is no error", async () => {
	const error = new Error("body");
	let cancelled = 0;
	const wrapped = await thrown(() =>
		withTaskGroup(
			async (group) => {
				for (let i = 0; i < 3; i++) {
					group.spawn(async () => {
						try {
							await sleepForever();
						} finally {
							cancelled++;
						}
					});
				}
				await checkpoint();
				throw error;
			},
			{ errors: "group" },
		),
	);
	instance(wrapped, TaskGroupError);
	equal(wrapped.errors, [error]);
	equal(cancelled, 3);
});
