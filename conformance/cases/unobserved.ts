// `await f()` is a call, `f()` is a task. Here functions have the directive where their owner matters.
import { cleanup, sleep, sleepForever, suppressedErrors, taskOf } from "holdfast";
import { equal, fail, same, test, thrown } from "../harness.ts";

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
	"HF-STR-09",
	"a bare call that fails unobserved fails its owner: its own catch does not see it, finally runs, its caller gets the error",
	async () => {
		const log: string[] = [];
		const error = new Error("unobserved");
		const structured = async (): Promise<void> => {
			"use structured";
			try {
				void failing(error, 5);
				await sleepForever();
				log.push("not reached");
			} catch {
				log.push("not reached: catch");
			} finally {
				await sleep(1);
				log.push("finally");
			}
			log.push("not reached: after");
		};
		same(await thrown(structured), error);
		equal(log, ["finally"]);
	},
	bare,
);

test(
	"HF-STR-10",
	"a bare call that fails unobserved after its owner's body has ended fails the owner too",
	async () => {
		const log: string[] = [];
		const error = new Error("unobserved");
		const structured = async (): Promise<string> => {
			"use structured";
			void failing(error, 5);
			void work(log, "sibling", 1000);
			return "value";
		};
		same(await thrown(structured), error);
		equal(log, ["sibling cancelled"]);
	},
	bare,
);

test(
	"HF-STR-11",
	"a failure that somebody observes is theirs, not the owner's",
	async () => {
		const error = new Error("observed");
		const log: unknown[] = [];
		const structured = async (): Promise<string> => {
			"use structured";
			failing(error, 1).catch((caught: unknown) => log.push(caught));
			await Promise.allSettled([failing(error, 1)]);
			const task = failing(error, 5);
			same(await thrown(() => task), error);
			await failing(error, 1).then(
				() => fail("not reached"),
				(caught: unknown) => log.push(caught),
			);
			return "value";
		};
		equal(await structured(), "value");
		equal(log, [error, error]);
	},
	bare,
);

test(
	"HF-STR-24",
	"derived promises: a cancelled task's then chain is dropped silently, a failing one fails the owner",
	async () => {
		const log: string[] = [];
		const error = new Error("chain");
		const cancelling = async (): Promise<string> => {
			"use structured";
			const task = work(log, "child", 1000);
			void task.then(() => log.push("not reached"));
			taskOf(task)?.cancel();
			await sleep(5);
			return "value";
		};
		equal(await cancelling(), "value");
		const chained = async (): Promise<string> => {
			"use structured";
			void failing(error, 1).then(() => log.push("not reached"));
			await sleepForever();
			return "not reached";
		};
		same(await thrown(chained), error);
		equal(log, ["child cancelled"]);
	},
	bare,
);

test(
	"HF-STR-25",
	"several unobserved failures: the first is thrown, the others are kept with it",
	async () => {
		const first = new Error("first");
		const second = new Error("second");
		const cleaningUp = async (): Promise<void> => {
			try {
				await sleepForever();
			} finally {
				// biome-ignore lint/correctness/noUnsafeFinally: the case is about an error of the cleanup.
				throw second;
			}
		};
		const structured = async (): Promise<void> => {
			"use structured";
			void cleaningUp();
			void failing(first, 1);
			await sleepForever();
		};
		same(await thrown(structured), first);
		equal(suppressedErrors(first), [second]);
	},
	bare,
);

test(
	"HF-STR-36",
	"a failure that is observed only after the host would have reported it fails the owner",
	async () => {
		const error = new Error("late");
		const log: string[] = [];
		const structured = async (): Promise<void> => {
			"use structured";
			const task = failing(error, 1);
			try {
				await sleep(100);
				await task;
			} catch {
				log.push("not reached");
			}
		};
		same(await thrown(structured), error);
		equal(log, []);
	},
	bare,
);
