// `await f()` is a call, `f()` is a task. Here functions have the directive where their owner matters.
import {
	type BareCall,
	BareCallError,
	type Coroutine,
	checkpoint,
	cleanup,
	corocall,
	coroutine,
	currentTask,
	moveOnAfter,
	sleep,
	sleepForever,
	type Task,
	TaskCancelledError,
	taskOf,
	withTaskGroup,
} from "holdfast";
import {
	equal,
	fail,
	hostTurn,
	instance,
	ok,
	outside,
	same,
	settled,
	test,
	thrown,
	thrownBy,
	value,
	virtual,
} from "../harness.ts";

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
	"HF-STR-13",
	"a bare call runs up to its first suspension at once, in a task of its own; a native promise stands for it",
	async () => {
		const log: string[] = [];
		const caller = currentTask();
		const child = async (): Promise<number> => {
			log.push("started");
			ok(currentTask() !== caller, "a task of its own");
			await checkpoint();
			log.push("ended");
			return 7;
		};
		const promise = child();
		log.push("called");
		ok(promise instanceof Promise, "a native promise");
		same(Object.getPrototypeOf(promise), Promise.prototype);
		const task = taskOf(promise);
		equal([task?.state, task?.name], ["running", "child"]);
		equal(await promise, 7);
		equal(task?.state, "done");
		equal(log, ["started", "called", "ended"]);
		equal(taskOf(Promise.resolve(1)), undefined);
		equal(
			[1, 2, 3].map(async (x) => 2 * x).every((it) => it instanceof Promise),
			true,
		);
	},
	bare,
);

test(
	"EAG-01",
	"a bare call that completes without suspending is done at creation; cancelling it then does nothing",
	async () => {
		let inside: Task<unknown> | undefined;
		const quick = async (): Promise<string> => {
			inside = currentTask();
			return "value";
		};
		const promise = quick();
		const task = taskOf(promise);
		equal(task?.state, "done");
		same(inside, task);
		task?.cancel();
		equal(task?.state, "done");
		equal(await promise, "value");
		const slow = async (): Promise<string> => {
			inside = currentTask();
			await checkpoint();
			same(currentTask(), inside, "the same task after its first suspension");
			return "later";
		};
		const later = slow();
		equal(taskOf(later)?.state, "running");
		equal(await later, "later");
	},
	bare,
);

test(
	"HF-STR-14",
	"cancelling a bare call's task rejects its promise with a TaskCancelledError, so that handlers run",
	async () => {
		const log: string[] = [];
		const promise = work(log, "child", 1000);
		taskOf(promise)?.cancel("enough");
		const [result] = await Promise.allSettled([promise]);
		equal(result.status, "rejected");
		if (result.status === "rejected") instance(result.reason, TaskCancelledError);
		equal(log, ["child cancelled"]);
		await checkpoint();
	},
	bare,
);

outside(
	"HF-STR-15",
	'bareCalls: "forbid" throws a BareCallError at the call, naming the function',
	function* () {
		const forgotten = async (): Promise<void> => {
			await checkpoint();
		};
		const main = async (): Promise<string> => {
			await forgotten();
			const error = thrownBy(() => forgotten());
			instance(error, BareCallError);
			ok(/forgotten/.test(error.message), `the message names the function: ${error.message}`);
			instance(
				thrownBy(() => [1].map(forgotten)),
				BareCallError,
			);
			instance(
				thrownBy(() => Promise.all([forgotten()])),
				BareCallError,
			);
			return "value";
		};
		equal(yield* value(virtual(main, { bareCalls: "forbid" })), "value");
	},
	bare,
);

outside(
	"HF-STR-16",
	"a function as bareCalls gets the call and returns what it likes",
	function* () {
		const calls: BareCall[] = [];
		const child = async (x: number): Promise<number> => {
			await checkpoint();
			return 2 * x;
		};
		const main = async (): Promise<unknown[]> => {
			const returned: unknown = child(4);
			const [call] = calls;
			return [call?.name, returned, await call?.coroutine, call?.owner !== undefined];
		};
		const bareCalls = (call: BareCall): string => {
			calls.push(call);
			return "mine";
		};
		equal(yield* value(virtual(main, { bareCalls })), ["child", "mine", 8, true]);
	},
	bare,
);

outside(
	"HF-STR-23",
	"outside any run a compiled function is an ordinary async function",
	function* () {
		const error = new Error("outside");
		const adding = async (x: number, y = 1): Promise<number> => {
			await checkpoint();
			return x + y;
		};
		const promise = adding(2);
		ok(promise instanceof Promise, "a native promise");
		equal(yield* value(promise), 3);
		equal([adding.name, adding.length], ["adding", 1]);
		const throwing = async (): Promise<void> => {
			throw error;
		};
		same((yield* settled(throwing())).error, error);
		const defaults = async (_x = fail("default")): Promise<void> => {};
		equal((yield* settled(defaults())).ok, false);
	},
	{ compiledOnly: "about the shells of compiled functions" },
);

test(
	"HF-STR-28",
	"a generator coroutine that yield*s a compiled call observes its error",
	async () => {
		const error = new Error("compiled");
		const observing = coroutine(function* () {
			try {
				return yield* failing(error, 1) as unknown as Coroutine<string>;
			} catch (caught) {
				return caught;
			}
		});
		same(await observing(), error);
		same(await thrown(() => failing(error, 1)), error);
	},
	bare,
);

test(
	"HF-STR-29",
	"a sync function around a call: a cancellation of the call's scope is no error",
	async () => {
		const log: string[] = [];
		equal(await moveOnAfter(5, () => work(log, "child", 1000)), undefined);
		equal(log, ["child cancelled"]);
		await withTaskGroup(async (group) => {
			const task = group.spawn(() => work(log, "spawned", 1000));
			await sleep(1);
			task.cancel();
			instance(await thrown(() => task), TaskCancelledError);
		});
		equal(log, ["child cancelled", "spawned cancelled"]);
	},
	bare,
);

test(
	"HF-STR-30",
	"f[corocall](x) is the raw coroutine: nothing runs before it is awaited, and then as a call on this task",
	async () => {
		const log: string[] = [];
		const caller = currentTask();
		const child = async (x: number): Promise<number> => {
			log.push("started");
			same(currentTask(), caller);
			await checkpoint();
			return 2 * x;
		};
		const raw = (child as unknown as Record<typeof corocall, (x: number) => Coroutine<number>>)[corocall](4);
		await checkpoint();
		equal(log, []);
		equal(await raw, 8);
		equal(log, ["started"]);
	},
	{ compiledOnly: "about the entry of compiled functions" },
);

test(
	"HF-STR-33",
	"a callback that foreign code calls after its owner has ended runs under a root of its own",
	async () => {
		const log: string[] = [];
		let callback: (() => Promise<string>) | undefined;
		const structured = async (): Promise<void> => {
			"use structured";
			callback = async () => {
				await sleep(0);
				log.push("callback");
				return "value";
			};
		};
		await structured();
		let promise: Promise<string> | undefined;
		setTimeout(() => {
			promise = callback?.();
		}, 0);
		await hostTurn();
		await hostTurn();
		equal(await promise, "value");
		equal(log, ["callback"]);
	},
	bare,
);

test(
	"HF-STR-34",
	"bare calls in a cleanup region are protected as it is",
	async () => {
		const log: string[] = [];
		await moveOnAfter(5, async () => {
			try {
				await sleepForever();
			} finally {
				await Promise.all([work(log, "a", 10), work(log, "b", 5)]);
				log.push("cleaned up");
			}
		});
		equal(log, ["b done", "a done", "cleaned up"]);
	},
	bare,
);
