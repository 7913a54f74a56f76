import {
	type CancelScope,
	checkpoint,
	GroupClosedError,
	moveOnAfter,
	now,
	StartedError,
	sleep,
	sleepForever,
	suppressedErrors,
	type TaskGroup,
	withCancelScope,
	withTaskGroup,
} from "holdfast";
import { equal, instance, same, seen, test, thrown } from "../harness.ts";

type Started<V = void> = (value: V) => void;

test(
	"STA-01",
	"start gives what was passed to started(), as soon as it was; the group waits for the rest",
	async () => {
		const start = now();
		await withTaskGroup(async (group) => {
			const child = async (started: Started<number>, input: number): Promise<void> => {
				await sleep(1);
				started(2 * input);
				await sleep(5);
			};
			equal(await group.start(child, 21), 42);
			equal(now() - start, 1);
		});
		equal(now() - start, 6);
	},
);

test("STA-02", "the same function can be called directly, with a started that does nothing", async () => {
	const child = async (started: Started<number>): Promise<string> => {
		started(1);
		await checkpoint();
		return "value";
	};
	equal(await child(() => {}), "value");
});

test("STA-04", "an error before started() comes out of start; the group is not concerned", async () => {
	const error = new Error("before");
	await withTaskGroup(async (group) => {
		const child = async (_started: Started): Promise<void> => {
			await checkpoint();
			throw error;
		};
		same(await thrown(() => group.start(child)), error);
		equal(group.cancelCalled, false);
		await checkpoint();
	});
});

test("STA-05", "an error after started() fails the group", async () => {
	const error = new Error("after");
	let value: string | undefined;
	const group = withTaskGroup(async (group) => {
		value = await group.start(async (started: Started<string>) => {
			started("value");
			await sleep(1);
			throw error;
		});
		await sleepForever();
	});
	same(await thrown(() => group), error);
	equal(value, "value");
});

test("STA-06", "a child that ends without started() makes start throw a named error", async () => {
	await withTaskGroup(async (group) => {
		instance(await thrown(() => group.start(async (_started: Started) => {})), StartedError);
		instance(
			await thrown(() =>
				group.start(async (_started: Started) => {
					await sleep(1);
				}),
			),
			StartedError,
		);
	});
});

test("STA-06", "started() called twice throws a named error in the child", async () => {
	let error: unknown;
	await withTaskGroup(async (group) => {
		await group.start(async (started: Started<number>) => {
			started(1);
			error = await thrown(() => started(2));
		});
	});
	instance(error, StartedError);
});

test("STA-08", "start in a cancelled scope throws before the child begins", async () => {
	let began = false;
	await withTaskGroup(async (group) => {
		let scope: CancelScope | undefined;
		await withCancelScope(async (it) => {
			scope = it;
			it.cancel();
			await group.start(async (started: Started) => {
				began = true;
				started();
			});
			began = true;
		});
		equal([scope?.cancelledCaught, began, group.tasks.length], [true, false, 0]);
	});
});

test(
	"STA-09",
	"start is cancelled under way: started() does nothing, and an error of the child after it comes out of start",
	async () => {
		const error = new Error("after");
		await withTaskGroup(async (group) => {
			const inScope = withCancelScope(async (scope) => {
				await group.start(async (started: Started) => {
					scope.cancel();
					started();
					throw error;
				});
			});
			same(await thrown(() => inScope), error);
			equal(group.cancelCalled, false);
		});
	},
);

test("STA-10", "start into a group that has ended throws", async () => {
	let ended: TaskGroup | undefined;
	await withTaskGroup(async (group) => {
		ended = group;
	});
	let ran = false;
	const error = await thrown(() =>
		ended?.start(async (started: Started) => {
			ran = true;
			started();
		}),
	);
	instance(error, GroupClosedError);
	equal(ran, false);
});

test("STA-12", "the group is cancelled around started(): the child and its children end with it", async () => {
	for (const before of [true, false]) {
		let alive = 0;
		const sleeper = async (): Promise<void> => {
			alive++;
			try {
				await sleepForever();
			} finally {
				alive--;
			}
		};
		const value = await moveOnAfter(1000, async () => {
			await withTaskGroup(async (group) => {
				await group.start(async (started: Started) => {
					await withTaskGroup(async (grandchildren) => {
						grandchildren.spawn(sleeper);
						grandchildren.spawn(sleeper);
						await checkpoint();
						if (before) group.cancel();
						started();
						if (!before) group.cancel();
						await sleeper();
					});
				});
				await sleepForever();
			});
			return "left";
		});
		equal([value, alive], ["left", 0]);
	}
});

test("STA-13", "an error before started() keeps its cause and its suppressed errors", async () => {
	const cause = new Error("cause");
	const error = new Error("before", { cause });
	const second = new Error("second");
	await withTaskGroup(async (group) => {
		const child = (_started: Started) =>
			withTaskGroup(async (inner) => {
				inner.spawn(async () => {
					throw error;
				});
				inner.spawn(async () => {
					throw second;
				});
			});
		same(await thrown(() => group.start(child)), error);
	});
	same(error.cause, cause);
	equal(suppressedErrors(error), [second]);
});

test("HF-STA-01", "cancelling the caller of start cancels the child before started(), and waits for it", async () => {
	const log: string[] = [];
	await withTaskGroup(async (group) => {
		await moveOnAfter(5, async () => {
			await group.start(async (_started: Started) => {
				try {
					await sleepForever();
				} finally {
					log.push("child");
				}
			});
			log.push("not reached");
		});
		equal(log, ["child"]);
	});
});

test("HF-STA-02", "after started() the child no longer belongs to the caller of start", async () => {
	const log: string[] = [];
	await withTaskGroup(async (group) => {
		await moveOnAfter(5, async () => {
			await group.start(async (started: Started) => {
				started();
				await sleep(10);
				log.push("child ran on");
			});
			await sleepForever();
		});
		log.push("caller moved on");
	});
	equal(log, ["caller moved on", "child ran on"]);
});

test("HF-STA-03", "a group stays open while a start is under way", async () => {
	const log: string[] = [];
	await withTaskGroup(async (outer) => {
		await withTaskGroup(async (group) => {
			outer.spawn(async () => {
				await group.start(async (started: Started) => {
					await sleep(5);
					started();
					await sleep(5);
					log.push("child");
				});
			});
			await checkpoint();
			await checkpoint();
		});
		log.push("group left");
	});
	equal(log, ["child", "group left"]);
});

test("HF-STA-04", "started() after start was cancelled does nothing, and the child stays cancelled", async () => {
	let again = false;
	await withTaskGroup(async (group) => {
		await withCancelScope(async (scope) => {
			await group.start(function* (started: Started) {
				scope.cancel();
				yield* seen(() => sleepForever());
				started();
				yield* seen(() => checkpoint());
				again = true;
			});
		});
		equal([again, group.tasks.length], [true, 0]);
	});
});
