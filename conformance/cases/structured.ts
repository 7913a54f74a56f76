// `await f()` is a call, `f()` is a task. Here functions have the directive where their owner matters.
import {
	ContextVar,
	checkpoint,
	cleanup,
	Event,
	Lock,
	moveOnAfter,
	now,
	retry,
	shield,
	sleep,
	sleepForever,
	type TaskGroup,
	withCancelScope,
	withTaskGroup,
	withTimeout,
} from "holdfast";
import { equal, hostTurn, ok, same, test, thrown } from "../harness.ts";

const bare = { compiledOnly: "a bare call of a generator coroutine starts nothing" };

/** Works for `milliseconds` and says how it ended. */
const work = async (log: string[], name: string, milliseconds: number): Promise<string> => {
	let how = "cancelled";
	try {
		await sleep(milliseconds);
		how = "done";
		return name;
	} finally {
		await cleanup(() => sleep(1));
		log.push(`${name} ${how}`);
	}
};

const failing = async (error: unknown, milliseconds: number): Promise<never> => {
	await sleep(milliseconds);
	throw error;
};

test(
	"HF-STR-01",
	"a structured function that returns waits for the tasks that it started",
	async () => {
		const log: string[] = [];
		const structured = async (): Promise<string> => {
			"use structured";
			void work(log, "a", 10);
			void work(log, "b", 5);
			log.push("body ended");
			return "value";
		};
		equal(await structured(), "value");
		equal(log, ["body ended", "b done", "a done"]);
	},
	bare,
);

test(
	"HF-STR-02",
	"a structured function that throws cancels the tasks that it started, and waits for them",
	async () => {
		const log: string[] = [];
		const error = new Error("body");
		const structured = async (): Promise<void> => {
			"use structured";
			void work(log, "a", 10);
			await checkpoint();
			throw error;
		};
		same(await thrown(structured), error);
		equal(log, ["a cancelled"]);
	},
	bare,
);

test(
	"HF-STR-03",
	"a structured function that is cancelled cancels the tasks that it started, and waits for them",
	async () => {
		const log: string[] = [];
		const structured = async (): Promise<void> => {
			"use structured";
			void work(log, "a", 10);
			try {
				await sleepForever();
			} finally {
				log.push("body");
			}
		};
		await moveOnAfter(5, structured);
		equal(log.sort(), ["a cancelled", "body"]);
	},
	bare,
);

test(
	"HF-STR-04",
	"nested: every structured function waits for its own tasks, and for theirs",
	async () => {
		const log: string[] = [];
		const inner = async (): Promise<void> => {
			"use structured";
			void work(log, "innermost", 20);
			log.push("inner body");
		};
		const outer = async (): Promise<void> => {
			"use structured";
			void inner();
			void work(log, "outer's", 10);
			log.push("outer body");
		};
		await outer();
		equal(log, ["inner body", "outer body", "outer's done", "innermost done"]);
	},
	bare,
);

test(
	"HF-STR-05",
	"Promise.all: the value of all; when one fails, the others are cancelled at the owner's end",
	async () => {
		const log: string[] = [];
		const error = new Error("entry");
		const succeeding = async (): Promise<string[]> => {
			"use structured";
			return await Promise.all([work(log, "a", 10), work(log, "b", 5)]);
		};
		equal(await succeeding(), ["a", "b"]);
		equal(log, ["b done", "a done"]);
		log.length = 0;
		const catching = async (): Promise<string> => {
			"use structured";
			try {
				await Promise.all([work(log, "a", 10), failing(error, 5), work(log, "b", 1000)]);
			} catch (caught) {
				same(caught, error);
				await sleep(10);
				log.push("caught");
			}
			return "value";
		};
		equal(await catching(), "value");
		equal(log, ["a done", "caught", "b cancelled"]);
	},
	bare,
);

test(
	"HF-STR-06",
	"Promise.race: the losers are cancelled when their owner ends, not before",
	async () => {
		const log: string[] = [];
		const start = now();
		const racing = async (): Promise<string> => {
			"use structured";
			const winner = await Promise.race([work(log, "slow", 1000), work(log, "fast", 5)]);
			await sleep(10);
			log.push("body ended");
			return winner;
		};
		equal(await racing(), "fast");
		equal(log, ["fast done", "body ended", "slow cancelled"]);
		ok(now() - start < 30, "it did not wait for the loser's time");
	},
	bare,
);

test(
	"HF-STR-07",
	"a race against a spinner's delay, then await of the work: the work goes on",
	async () => {
		const log: string[] = [];
		const spinner = async (): Promise<string> => {
			"use structured";
			const task = work(log, "work", 50);
			const first = await Promise.race([task, work(log, "delay", 5).then(() => "spin")]);
			log.push(first);
			return await task;
		};
		equal(await spinner(), "work");
		equal(log, ["delay done", "spin", "work done"]);
	},
	bare,
);

test(
	"HF-STR-08",
	"Promise.any: the losers are cancelled when their owner ends",
	async () => {
		const log: string[] = [];
		const picking = async (): Promise<string> => {
			"use structured";
			return await Promise.any([failing(new Error("first"), 1), work(log, "value", 5), work(log, "loser", 1000)]);
		};
		equal(await picking(), "value");
		equal(log, ["value done", "loser cancelled"]);
	},
	bare,
);

test(
	"HF-STR-12",
	"scope mode: a function returns while its task runs on; nothing outlives the scope",
	async () => {
		"use scope";
		const log: string[] = [];
		const unstructured = async (): Promise<string> => {
			void work(log, "background", 10);
			return "value";
		};
		await withCancelScope(async () => {
			equal(await unstructured(), "value");
			log.push("function returned");
		});
		equal(log, ["function returned", "background done"]);
		log.length = 0;
		await withTaskGroup(async () => {
			equal(await unstructured(), "value");
			log.push("function returned");
		});
		equal(log, ["function returned", "background done"]);
		log.length = 0;
		const error = new Error("scope");
		const failingScope = withCancelScope(async () => {
			await unstructured();
			throw error;
		});
		same(await thrown(() => failingScope), error);
		equal(log, ["background cancelled"]);
	},
	bare,
);

test(
	"HF-STR-17",
	"a callback that foreign code calls late belongs to the owner in which it was made",
	async () => {
		const log: string[] = [];
		const structured = async (): Promise<string> => {
			"use structured";
			setTimeout(async () => {
				log.push("called");
				await sleep(10);
				log.push("callback");
			}, 0);
			await hostTurn();
			await hostTurn();
			log.push("body ended");
			return "value";
		};
		equal(await structured(), "value");
		equal(log, ["called", "body ended", "callback"]);
	},
	bare,
);

test(
	"HF-STR-18",
	"return f() counts as awaited",
	async () => {
		const error = new Error("tail");
		const log: string[] = [];
		const structured = async (): Promise<string> => {
			"use structured";
			return work(log, "tail", 5);
		};
		equal(await structured(), "tail");
		equal(log, ["tail done"]);
		const failingTail = async (): Promise<never> => {
			"use structured";
			try {
				return failing(error, 1);
			} finally {
				log.push("finally");
			}
		};
		same(await thrown(failingTail), error);
		equal(log, ["tail done", "finally"]);
	},
	bare,
);

test(
	"HF-STR-19",
	"to outlive a function is possible and visible: spawn into a group that somebody else holds",
	async () => {
		const log: string[] = [];
		const structured = async (group: TaskGroup): Promise<void> => {
			"use structured";
			group.spawn(work, log, "child", 10);
		};
		await withTaskGroup(async (group) => {
			await structured(group);
			log.push("function returned");
		});
		equal(log, ["function returned", "child done"]);
	},
	{ compiledOnly: "about the owner that a structured function is" },
);

test(
	"HF-STR-26",
	"methods, callbacks of map, and calls in arguments are tasks of the structured function around them",
	async () => {
		const log: string[] = [];
		class Service {
			readonly name = "service";
			async serve(milliseconds: number): Promise<string> {
				return await work(log, `${this.name} ${milliseconds}`, milliseconds);
			}
		}
		const service = new Service();
		const structured = async (): Promise<void> => {
			"use structured";
			void service.serve(5);
			void [10, 20].map(async (milliseconds) => await service.serve(milliseconds));
			void Promise.resolve(service.serve(30));
		};
		await structured();
		equal(log, ["service 5 done", "service 10 done", "service 20 done", "service 30 done"]);
	},
	bare,
);

test(
	"HF-STR-27",
	"a structured function that is awaited in a task that is cancelled waits for its tasks' protected cleanup",
	async () => {
		const log: string[] = [];
		const gate = new Event();
		const start = now();
		const careful = async (): Promise<void> => {
			try {
				await gate.wait();
			} finally {
				await sleep(20);
				log.push(`cleaned up at ${now() - start}`);
			}
		};
		const structured = async (): Promise<void> => {
			"use structured";
			void careful();
			await sleepForever();
		};
		await moveOnAfter(5, structured);
		equal(log, ["cleaned up at 25"]);
		equal(now() - start, 25);
	},
	bare,
);

test(
	"HF-STR-31",
	"scope mode: lock.with, retry and their like own no tasks, scopes and shields do",
	async () => {
		"use scope";
		const log: string[] = [];
		const starting = async (): Promise<void> => {
			void work(log, "task", 10);
		};
		for (const passing of [
			() => new Lock().with(async () => await starting()),
			() => retry(async () => await starting()),
			() => new ContextVar<number>("variable").with(1, async () => await starting()),
		]) {
			await withTaskGroup(async () => {
				await passing();
				log.push("passed");
			});
			equal(log.splice(0), ["passed", "task done"]);
		}
		for (const owning of [
			() => withCancelScope(async () => await starting()),
			() => withTimeout(1000, async () => await starting()),
			() => shield(async () => await starting()),
			() => withTaskGroup(async () => await starting()),
		]) {
			await owning();
			log.push("left");
			equal(log.splice(0), ["task done", "left"]);
		}
	},
	bare,
);

test(
	"HF-STR-32",
	"a race that settles while its owner waits at its end makes losers then",
	async () => {
		const log: string[] = [];
		const structured = async (): Promise<string> => {
			"use structured";
			void Promise.race([work(log, "slow", 1000), work(log, "fast", 5)]);
			return "value";
		};
		const start = now();
		equal(await structured(), "value");
		equal(log, ["fast done", "slow cancelled"]);
		ok(now() - start < 20, "it did not wait for the loser's time");
	},
	bare,
);

test(
	"HF-STR-35",
	"a deadline that passes while a scope waits for tasks that its body has left cancels them; the body's value stands",
	async () => {
		"use scope";
		const log: string[] = [];
		const start = now();
		const timeout = withTimeout(10, async () => {
			void work(log, "left", 1000);
			return "value";
		});
		equal(await timeout, "value");
		equal(log, ["left cancelled"]);
		equal(now() - start, 11);
	},
	bare,
);

test(
	"HF-STR-37",
	"after a scope inside a function a bare call belongs to what it belonged to before",
	async () => {
		const log: string[] = [];
		const visit = async (): Promise<void> => {
			await withCancelScope(async () => await checkpoint());
			await withTaskGroup(async (group) => {
				group.spawn(() => checkpoint());
			});
			await thrown(() =>
				withCancelScope(() => {
					throw new Error("scope");
				}),
			);
			await moveOnAfter(1, () => sleepForever());
		};
		const structured = async (): Promise<void> => {
			"use structured";
			await visit();
			void work(log, "structured", 10);
			log.push("body ended");
		};
		await structured();
		equal(log.splice(0), ["body ended", "structured done"]);
		const unstructured = async (): Promise<void> => {
			"use scope";
			await visit();
			void work(log, "unstructured", 10);
			log.push("body ended");
		};
		await withCancelScope(async () => {
			await unstructured();
			log.push("function returned");
		});
		equal(log, ["body ended", "function returned", "unstructured done"]);
	},
	bare,
);
