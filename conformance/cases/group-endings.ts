import {
	type Cancelled,
	checkpoint,
	cleanup,
	moveOnAfter,
	now,
	race,
	shield,
	sleep,
	sleepForever,
	suppressedErrors,
	TaskCancelledError,
	type TaskGroup,
	TaskGroupError,
	withTaskGroup,
} from "holdfast";
import { equal, instance, ok, same, seen, test, thrown } from "../harness.ts";

const failing = (error: unknown) => async (): Promise<never> => {
	throw error;
};

test("NUR-21", "a child that is cancelled by itself leaves the group alone", async () => {
	const results = await withTaskGroup(async (group) => {
		const stopped = group.spawn(() => sleepForever());
		const other = group.spawn(async () => {
			await sleep(10);
			return 42;
		});
		await sleep(1);
		stopped.cancel();
		instance(await thrown(() => stopped), TaskCancelledError);
		return [stopped.state, await other];
	});
	equal(results, ["cancelled", 42]);
});

test("NUR-22", "a cancelled task cancels the children of its group, each once and with the reason", async () => {
	const texts: (string | undefined)[] = [];
	await withTaskGroup(async (outer) => {
		const task = outer.spawn(() =>
			withTaskGroup(async (inner) => {
				for (let i = 0; i < 5; i++) {
					inner.spawn(function* () {
						try {
							yield* sleepForever();
						} catch (error) {
							texts.push((error as Cancelled).reason.text);
							throw error;
						}
					});
				}
			}),
		);
		await sleep(1);
		task.cancel("enough");
		instance(await thrown(() => task), TaskCancelledError);
	});
	equal(texts, Array(5).fill("enough"));
});

test("NUR-24", "a failure in the inner of two groups passes both levels, one in the outer only one", async () => {
	const error = new Error("child");
	const nested = (inInner: boolean) =>
		withTaskGroup(
			async (outer) => {
				if (!inInner) outer.spawn(failing(error));
				await withTaskGroup(
					async (inner) => {
						if (inInner) inner.spawn(failing(error));
						await sleepForever();
					},
					{ errors: "group" },
				);
			},
			{ errors: "group" },
		);
	const twice = await thrown(() => nested(true));
	instance(twice, TaskGroupError);
	instance(twice.errors[0], TaskGroupError);
	equal((twice.errors[0] as TaskGroupError).errors, [error]);
	const once = await thrown(() => nested(false));
	instance(once, TaskGroupError);
	equal(once.errors, [error]);
});

test("NUR-25", "a group waits for the slow cleanup of its body, then throws the child's error", async () => {
	const error = new Error("child");
	const start = now();
	const group = withTaskGroup(async (group) => {
		group.spawn(failing(error));
		try {
			await sleepForever();
		} finally {
			await cleanup(() => sleep(500));
		}
	});
	same(await thrown(() => group), error);
	equal(now() - start, 500);
});

test("NUR-26", "tasks that spawn tasks until one fails: the group ends and nobody escapes", async () => {
	const error = new Error("one head");
	let alive = 0;
	let born = 0;
	const group = withTaskGroup(async (group) => {
		const head = async (depth: number): Promise<void> => {
			alive++;
			born++;
			try {
				if (depth === 6) throw error;
				await checkpoint();
				group.spawn(head, depth + 1);
				group.spawn(head, depth + 1);
				await sleepForever();
			} finally {
				alive--;
			}
		};
		group.spawn(head, 0);
	});
	same(await thrown(() => group), error);
	equal(alive, 0);
	ok(born >= 64, "the heads have grown");
});

test("NUR-28", "children that have ended are dropped at once", async () => {
	await withTaskGroup(async (group) => {
		for (let i = 0; i < 1000; i++) {
			const task = group.spawn(() => {});
			await task;
			equal(group.tasks.length, 0);
		}
	});
});

test("NUR-29", "the body's clean-up fails while a child's error is on its way: both are kept", async () => {
	const child = new Error("child");
	const body = new Error("body");
	const group = withTaskGroup(async (group) => {
		group.spawn(failing(child));
		try {
			await sleepForever();
		} finally {
			// biome-ignore lint/correctness/noUnsafeFinally: the case is about an error of the cleanup.
			throw body;
		}
	});
	same(await thrown(() => group), child);
	equal(suppressedErrors(child), [body]);
	await checkpoint();
});

test("NUR-30", "two nested groups are both cancelled: between them it is still cancelled, after them not", async () => {
	const log: string[] = [];
	await withTaskGroup(function* (outer) {
		yield* seen(() =>
			withTaskGroup(async (inner) => {
				inner.cancel();
				outer.cancel();
				await sleepForever();
			}),
		);
		yield* seen(() => checkpoint());
		log.push("between");
	});
	await checkpoint();
	equal(log, ["between"]);
});

test("NUR-32", "a group's cancellation does not leak out of it", async () => {
	const error = new Error("child");
	const group = withTaskGroup(async (group) => {
		group.spawn(failing(error));
		await sleepForever();
	});
	same(await thrown(() => group), error);
	await checkpoint();
	const start = now();
	await sleep(1);
	equal(now() - start, 1);
});

test("NUR-33", "a task that is spawned by one that fails meanwhile is cancelled, not lost", async () => {
	const error = new Error("parent");
	const log: string[] = [];
	const group = withTaskGroup(async (group) => {
		group.spawn(async () => {
			group.spawn(async () => {
				log.push("started");
				try {
					await sleepForever();
				} finally {
					log.push("finally");
				}
			});
			throw error;
		});
	});
	same(await thrown(() => group), error);
	equal(log, ["started", "finally"]);
});

test("NUR-36", "a child fails while the body is shielded: the body is cancelled after the shield", async () => {
	const error = new Error("child");
	const log: string[] = [];
	const start = now();
	const group = withTaskGroup(async (group) => {
		group.spawn(async () => {
			await sleep(1);
			throw error;
		});
		await shield(async () => {
			await sleep(10);
			log.push(`shielded until ${now() - start}`);
		});
		log.push("left the shield");
		await checkpoint();
		log.push("not reached");
	});
	same(await thrown(() => group), error);
	equal(log, ["shielded until 10", "left the shield"]);
});

test("NUR-37", "one task is cancelled by two groups in succession", async () => {
	let ended = 0;
	for (let i = 0; i < 2; i++) {
		await withTaskGroup(async (group) => {
			group.spawn(() => group.cancel());
			try {
				await sleepForever();
			} finally {
				ended++;
			}
		});
	}
	equal(ended, 2);
});

test(
	"NUR-38",
	"a group that waits for its children is cancelled: they are cancelled and still waited for",
	async () => {
		const start = now();
		const log: string[] = [];
		const value = await moveOnAfter(5, async () => {
			await withTaskGroup(async (outer) => {
				outer.spawn(() =>
					withTaskGroup(async (inner) => {
						inner.spawn(async () => {
							try {
								await sleepForever();
							} finally {
								await cleanup(() => sleep(3));
								log.push(`child at ${now() - start}`);
							}
						});
					}),
				);
			});
			log.push("not reached");
		});
		equal(value, undefined);
		equal(log, ["child at 8"]);
		equal(now() - start, 8);
	},
);

test("NUR-41", "group.cancel() ends the group without an error, at any time, as often as wanted", async () => {
	const log: string[] = [];
	await withTaskGroup(async (group) => {
		group.spawn(() => sleepForever());
		group.cancel("first");
		group.cancel("second");
		log.push("goes on to its next suspension");
		await checkpoint();
		log.push("not reached");
	});
	equal(log, ["goes on to its next suspension"]);
	let ended: TaskGroup | undefined;
	await withTaskGroup(async (group) => {
		ended = group;
	});
	ended?.cancel();
	const error = new Error("body");
	const failingAfterCancel = withTaskGroup(async (group) => {
		group.cancel();
		throw error;
	});
	same(await thrown(() => failingAfterCancel), error);
});

test("NUR-42", "the first to finish wins, the others are cancelled", async () => {
	const log: string[] = [];
	const slow = async (): Promise<string> => {
		try {
			await sleep(100);
		} finally {
			log.push("loser");
		}
		return "slow";
	};
	const fast = async (): Promise<string> => {
		await sleep(1);
		return "fast";
	};
	const start = now();
	equal(await race([slow, fast]), "fast");
	equal(log, ["loser"]);
	equal(now() - start, 1);
});
