import {
	CannotBlockError,
	checkpoint,
	cleanup,
	coroutine,
	createChannel,
	DeadlockError,
	Event,
	migrating,
	operation,
	run,
	runSync,
	suppressedErrors,
	sync,
	until,
	withTaskGroup,
	withTimeout,
} from "holdfast";
import { equal, instance, ok, outside, reports, same, test, thrownBy, value, virtual } from "../harness.ts";

test(
	"HF-SYNC-01",
	"a synchronous run has tasks, channels, cleanup and timeouts, and gives its value without a promise",
	() => {
		const log: string[] = [];
		const main = async (): Promise<string> => {
			const { sender, receiver } = createChannel<string>(0);
			await withTaskGroup(async (group) => {
				group.spawn(async () => {
					for (const text of ["a", "b"]) await sender.send(text);
				});
				log.push(await receiver.receive(), await receiver.receive());
			});
			try {
				await checkpoint();
			} finally {
				await cleanup(() => checkpoint());
				log.push("cleaned");
			}
			return await withTimeout(60_000, async () => {
				await checkpoint();
				return "in time";
			});
		};
		equal(runSync(main), "in time");
		equal(log, ["a", "b", "cleaned"]);
	},
);

test("HF-SYNC-02", "an error of main is thrown as it is; later ones are kept with it and reported", () => {
	const [first, second] = [new Error("first"), new Error("second")];
	const kinds: string[] = [];
	const main = async (): Promise<void> => {
		await withTaskGroup(async (group) => {
			group.spawn(async () => {
				await checkpoint();
				throw first;
			});
			group.spawn(async () => {
				try {
					await new Event().wait();
				} finally {
					await cleanup(async () => {
						throw second;
					});
				}
			});
			await checkpoint();
		});
	};
	const error = thrownBy(() => runSync(main, { onReport: ({ kind }) => kinds.push(kind) }));
	same(error, first);
	equal(suppressedErrors(error), [second]);
	equal(kinds, ["suppressed"]);
});

test("HF-SYNC-03", "an await of a promise is refused at that await: finally runs, and it can be caught", () => {
	const log: string[] = [];
	const main = async (): Promise<unknown> => {
		try {
			try {
				await until(new Promise(() => {}));
			} finally {
				await cleanup(() => checkpoint());
				log.push("finally");
			}
		} catch (error) {
			return error;
		}
		return undefined;
	};
	const error = runSync(main, { name: "job" });
	instance(error, CannotBlockError);
	ok(/^job awaited a promise.*use run\(\)/.test(error.message), `it names the await and the mend: ${error.message}`);
	equal(log, ["finally"]);
});

test("HF-SYNC-04", "a standstill is a DeadlockError at once, with the tasks", () => {
	const main = async (): Promise<void> => {
		await withTaskGroup(async (group) => {
			group.spawnWith({ name: "reader" }, () => new Event().wait());
		});
	};
	const error = thrownBy(() => runSync(main, { name: "job" }));
	instance(error, DeadlockError);
	ok(/job › reader/.test(error.message), `the message names the task: ${error.message}`);
});

test(
	"HF-SYNC-05",
	"a synchronous run inside a run is a run of its own; a run inside a synchronous one is a task of it",
	async () => {
		const log: string[] = [];
		const inner = async (): Promise<string> => {
			await checkpoint();
			log.push("inner");
			return "given";
		};
		await withTaskGroup(async (group) => {
			group.spawn(async () => {
				log.push("sibling");
			});
			log.push(runSync(inner));
			log.push(runSync(() => runSync(inner)));
			log.push(runSync(() => run(inner)));
		});
		equal(log, ["inner", "given", "inner", "given", "inner", "given", "sibling"]);
	},
);

test("HF-SYNC-06", "f.sync() of coroutine functions and operations; sync(f) of any coroutine function", () => {
	const twice = operation({ async: async (x: number) => x * 3, sync: (x: number) => x * 2 });
	const generator = coroutine(function* (x: number) {
		yield* checkpoint();
		return (yield* twice(x)) + 1;
	});
	const compiled = async (x: number): Promise<number> => (await twice(x)) + 2;
	equal([twice.sync(5), generator.sync(5), sync(compiled)(5), sync(generator)(5)], [10, 11, 12, 11]);
});

outside("HF-SYNC-07", "an operation takes its asynchronous form in other runs", function* () {
	const colour = operation({ async: async () => "async", sync: () => "sync" });
	equal([yield* value(virtual(() => colour())), runSync(() => colour())], ["async", "sync"]);
});

test(
	"HF-SYNC-08",
	"a bare call that has failed unobserved by the end of its owner's body fails the owner, which cancels the others",
	() => {
		"use structured";
		const log: string[] = [];
		const fail = async (): Promise<never> => {
			await checkpoint();
			throw new Error("unobserved");
		};
		const endless = async (): Promise<void> => {
			try {
				await new Event().wait();
			} finally {
				log.push("cancelled");
			}
		};
		const main = async (): Promise<void> => {
			endless();
			fail();
			await checkpoint();
			await checkpoint();
			log.push("body has ended");
		};
		const error = thrownBy(() => runSync(main));
		ok(/unobserved/.test(String(error)), `the error is the task's: ${String(error)}`);
		equal(log, ["body has ended", "cancelled"]);
	},
	{ compiledOnly: "a bare call of a generator coroutine starts nothing" },
);

test(
	"HF-SYNC-09",
	"promises of bare calls, and Promise.all, any and race of them, need no host",
	() => {
		"use structured";
		const work = async (text: string): Promise<string> => {
			await checkpoint();
			return text;
		};
		const main = async (): Promise<unknown[]> => {
			const bare = work("bare");
			return [
				await bare,
				await Promise.all([work("a"), work("b")]),
				await Promise.race([work("c"), work("d")]),
				await Promise.any([work("f")]),
			];
		};
		equal(runSync(main), ["bare", ["a", "b"], "c", "f"]);
	},
	{ compiledOnly: "a bare call of a generator coroutine starts nothing" },
);

test(
	"HF-MIG-01",
	"migrating: an awaited call takes the asynchronous face, a bare one the synchronous face with a warning per call site",
	async () => {
		const query = migrating({
			name: "query",
			sync: (text: string) => `sync ${text}`,
			async: async (text: string) => {
				await checkpoint();
				return `async ${text}`;
			},
			since: "3.0",
		});
		const seen: string[] = [];
		for (let turn = 0; turn < 2; turn++) {
			seen.push(await query.async("named"));
			seen.push(query("bare"));
		}
		equal(seen, ["async named", "sync bare", "async named", "sync bare"]);
		equal(
			reports().map(({ kind, error }) => [kind, (error as Error).name]),
			[["deprecation", "DeprecationWarning"]],
		);
	},
);

test(
	"HF-MIG-02",
	"migrating: an await is known in compiled code",
	async () => {
		const query = migrating({ sync: () => "sync", async: async () => "async", since: "3.0" });
		equal([await query(), query.sync()], ["async", "sync"]);
		equal(reports(), []);
	},
	{ compiledOnly: "an await is known to the compiler only" },
);
