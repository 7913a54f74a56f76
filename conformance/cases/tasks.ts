import {
	ContextVar,
	checkpoint,
	createChannel,
	currentTask,
	dumpTasks,
	Event,
	moveOnAfter,
	now,
	operation,
	run,
	sleep,
	sleepForever,
	type Task,
	withTaskGroup,
} from "holdfast";
import { hostLoop, VirtualLoop } from "holdfast/loops";
import {
	type Body,
	equal,
	fail,
	hostTurn,
	instance,
	ok,
	outside,
	reports,
	same,
	test,
	thrown,
	thrownBy,
	value,
	virtual,
} from "../harness.ts";

test("RUN-05", "a run inside a task belongs to the task's owner: it is cancelled with it and waited for", async () => {
	const variable = new ContextVar<string>("variable");
	variable.set("outer");
	const log: unknown[] = [];
	const outer = currentTask();
	const result = await moveOnAfter(10, async () => {
		await run(async () => {
			log.push(variable.get(), currentTask() === outer);
			variable.set("inner");
			try {
				await sleepForever();
			} finally {
				log.push("ended");
			}
		});
		return "not reached";
	});
	equal(result, undefined);
	equal(log, ["outer", false, "ended"]);
	equal(variable.get(), "outer");
});

test(
	"RUN-06",
	"yielding something foreign throws a TypeError at the yield, and siblings are cancelled as by any failure",
	async () => {
		const log: string[] = [];
		const error = await thrown(() =>
			withTaskGroup(async (group) => {
				group.spawn(async () => {
					try {
						await sleepForever();
					} finally {
						log.push("sibling");
					}
				});
				group.spawn(function* (): Generator<unknown, void, unknown> {
					try {
						yield Promise.resolve(1);
					} catch (error) {
						log.push("at the yield");
						throw error;
					}
				});
			}),
		);
		instance(error, TypeError);
		equal(log, ["at the yield", "sibling"]);
	},
);

test("RUN-21", "a task is named after its function; a given name wins", async () => {
	async function worker(): Promise<void> {
		await checkpoint();
	}
	await withTaskGroup(async (group) => {
		equal(group.spawn(worker).name, "worker");
		equal(group.spawnWith({ name: "mine" }, worker).name, "mine");
	});
});

test("RUN-22", "two tasks that are always ready take turns", async () => {
	const order: string[] = [];
	const steps = async (name: string): Promise<void> => {
		for (let i = 0; i < 5; i++) {
			order.push(`${name}${i}`);
			await checkpoint();
		}
	};
	await withTaskGroup(async (group) => {
		group.spawn(steps, "a");
		group.spawn(steps, "b");
	});
	equal(order, ["a0", "b0", "a1", "b1", "a2", "b2", "a3", "b3", "a4", "b4"]);
});

outside("RUN-24", "neither a sleep(0) loop nor a ping-pong starves another task or the host's timers", function* () {
	for (const loop of [new VirtualLoop(), hostLoop()]) {
		let turns = 0;
		/** Ends a loop that starves the others: the case must fail, not hang. */
		const turn = (): void => {
			if (++turns > 3_000_000) fail("the host has not had its turn");
		};
		const main = async (): Promise<string> => {
			const there = createChannel<number>(0);
			const back = createChannel<number>(0);
			await withTaskGroup(async (group) => {
				group.spawn(async () => {
					while (true) {
						await sleep(0);
						turn();
					}
				});
				group.spawn(async () => {
					while (true) {
						await there.sender.send(1);
						await back.receiver.receive();
						turn();
					}
				});
				group.spawn(async () => {
					while (true) {
						await there.receiver.receive();
						await back.sender.send(2);
						turn();
					}
				});
				for (let i = 0; i < 20; i++) await checkpoint();
				await hostTurn();
				group.cancel();
			});
			return "ended";
		};
		equal(yield* value(virtual(main, { loop })), "ended");
	}
});

test("HF-RUN-06", "spawn of a promise or a coroutine object throws a TypeError at the call", async () => {
	await withTaskGroup(async (group) => {
		const promise = Promise.resolve(1);
		for (const wrong of [promise, withTaskGroup(() => {}), 42, undefined]) {
			const error = thrownBy(() => group.spawn(wrong as unknown as Body));
			instance(error, TypeError);
			ok(/function/.test(String(error)), `the message names the mend: ${error}`);
		}
		equal(group.tasks.length, 0);
	});
	reports();
});

test("HF-RUN-14", "dumpTasks() shows the live tasks by name and what they wait for", async () => {
	await withTaskGroup(async (group) => {
		group.spawnWith({ name: "sleeper" }, () => sleep(100));
		await sleep(1);
		const dump = dumpTasks();
		ok(/sleeper/.test(dump) && /sleep/.test(dump), `the dump names task and wait: ${dump}`);
		await sleep(200);
		ok(!/sleeper/.test(dumpTasks()), "a task that has ended is gone");
	});
});

test(
	"HF-RUN-15",
	"operation() gives a toolbox function of one definition; inside a run its async face is called",
	async () => {
		const calls: string[] = [];
		const double = operation({
			async: async (x: number) => {
				await checkpoint();
				calls.push("async");
				return 2 * x;
			},
			sync: (x: number) => {
				calls.push("sync");
				return 2 * x;
			},
		});
		const described = double(4);
		equal(calls, []);
		equal(await described, 8);
		equal(calls, ["async"]);
	},
);

test("HF-RUN-08", "task.state tells a task's life", async () => {
	const states: string[] = [];
	const gate = new Event();
	let task: Task<void> | undefined;
	await withTaskGroup(async (group) => {
		task = group.spawn(async () => {
			states.push(task?.state ?? "unknown");
			await gate.wait();
		});
		states.push(task.state);
		await checkpoint();
		await checkpoint();
		gate.set();
		await task;
		states.push(task.state);
		const failing = group.spawn(async () => {
			await sleepForever();
		});
		await checkpoint();
		failing.cancel();
		states.push(failing.state);
		const error = await thrown(() => failing);
		equal((error as Error).name, "TaskCancelledError");
		states.push(failing.state);
	});
	equal(states, ["pending", "running", "done", "cancelling", "cancelled"]);
});

outside("HF-RUN-09", "a coroutine object does nothing before it is awaited, and can be awaited once", function* () {
	const log: string[] = [];
	const main = async (): Promise<void> => {
		const start = now();
		const pause = sleep(10);
		await sleep(5);
		await pause;
		log.push(`${now() - start}`);
		const error = await thrown(() => pause);
		ok(error instanceof Error, "the second await throws");
	};
	yield* value(virtual(main));
	equal(log, ["15"]);
});

outside("HF-RUN-10", "a coroutine object that is never started is reported when its owner ends", function* () {
	yield* value(
		virtual(async () => {
			sleep(10);
			await checkpoint();
		}),
	);
	equal(
		reports().map((it) => it.kind),
		["never-awaited"],
	);
});

test(
	"HF-RUN-12",
	"a task can be awaited by several, also after its end, and a failed one throws the same object",
	async () => {
		const error = new Error("task");
		const seen: unknown[] = [];
		let failed: Task<void> | undefined;
		const thrownByGroup = await thrown(() =>
			withTaskGroup(async (group) => {
				failed = group.spawn(async () => {
					throw error;
				});
			}),
		);
		same(thrownByGroup, error);
		same(failed?.state, "failed");
		same(await thrown(async () => await failed), error);
		same(await thrown(async () => await failed), error);
		await withTaskGroup(async (group) => {
			const task = group.spawn(async () => {
				await sleep(1);
				return 7;
			});
			const wait = async (): Promise<void> => {
				seen.push(await task);
			};
			group.spawn(wait);
			group.spawn(wait);
			await task;
			await wait();
		});
		equal(seen, [7, 7, 7]);
	},
);
