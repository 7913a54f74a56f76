import {
	all,
	allSettled,
	any,
	asCompleted,
	checkpoint,
	cleanup,
	forEach,
	map,
	moveOnAfter,
	now,
	race,
	retry,
	sleep,
	sleepForever,
	withTaskGroup,
} from "holdfast";
import { equal, instance, ok, same, test, thrown } from "../harness.ts";

const after =
	<T>(milliseconds: number, value: T) =>
	async (): Promise<T> => {
		await sleep(milliseconds);
		return value;
	};
const failAfter = (milliseconds: number, error: unknown) => async (): Promise<never> => {
	await sleep(milliseconds);
	throw error;
};
const logged = (log: string[], name: string) => async (): Promise<never> => {
	try {
		return await sleepForever();
	} finally {
		await cleanup(() => sleep(1));
		log.push(name);
	}
};

test("NUR-40", "all keeps the order of its entries; the first error cancels the rest, and waits for it", async () => {
	equal(await all([after(30, "a"), after(10, "b"), after(20, "c")]), ["a", "b", "c"]);
	const error = new Error("entry");
	const log: string[] = [];
	same(await thrown(() => all([logged(log, "cancelled"), failAfter(5, error)])), error);
	equal(log, ["cancelled"]);
	equal(await all([]), []);
});

test(
	"NUR-40",
	"asCompleted gives values in the order of the ends; leaving the loop cancels the rest, and waits for it",
	async () => {
		const values: unknown[] = [];
		for await (const value of asCompleted([after(30, "a"), after(10, "b"), after(20, "c")])) values.push(value);
		equal(values, ["b", "c", "a"]);
		const log: string[] = [];
		for await (const value of asCompleted([logged(log, "cancelled"), after(5, "first")])) {
			equal(value, "first");
			break;
		}
		equal(log, ["cancelled"]);
		for await (const value of asCompleted([])) ok(false, `a value: ${value}`);
	},
);

test("NUR-40", "a failure comes out of the loop after the values before it, when the others have ended", async () => {
	const error = new Error("entry");
	const log: unknown[] = [];
	const loop = async (): Promise<void> => {
		for await (const value of asCompleted([logged(log as string[], "ended"), after(1, "before"), failAfter(5, error)]))
			log.push(value);
	};
	same(await thrown(loop), error);
	equal(log, ["before", "ended"]);
});

test("HF-COM-01", "race gives what ends first, value or error; its losers have ended", async () => {
	const log: string[] = [];
	equal(await race([logged(log, "a"), after(5, "value"), logged(log, "b")]), "value");
	equal(log.sort(), ["a", "b"]);
	const error = new Error("entry");
	same(await thrown(() => race([logged(log, "c"), failAfter(5, error)])), error);
	equal(log, ["a", "b", "c"]);
	const empty = await thrown(() => race([]));
	ok(String(Reflect.get(empty as object, "code")).startsWith("HOLDFAST_"), `a named error, got ${empty}`);
});

test("HF-COM-02", "any gives the first value, or an AggregateError of all", async () => {
	const log: string[] = [];
	const first = new Error("first");
	const second = new Error("second");
	equal(await any([failAfter(1, first), after(5, "value"), logged(log, "loser")]), "value");
	equal(log, ["loser"]);
	const error = await thrown(() => any([failAfter(5, first), failAfter(1, second)]));
	instance(error, AggregateError);
	equal(error.errors, [first, second]);
	instance(await thrown(() => any([])), AggregateError);
});

test("HF-COM-03", "allSettled waits for all and tells how each ended", async () => {
	const error = new Error("entry");
	equal(await allSettled([after(5, 1), failAfter(1, error), 3]), [
		{ status: "fulfilled", value: 1 },
		{ status: "rejected", reason: error },
		{ status: "fulfilled", value: 3 },
	]);
});

test("HF-COM-04", "entries may be functions, coroutines, tasks, promises and values", async () => {
	await withTaskGroup(async (group) => {
		const task = group.spawn(after(1, "task"));
		equal(await all([after(1, "function"), sleep(1), task, Promise.resolve("promise"), "value"]), [
			"function",
			undefined,
			"task",
			"promise",
			"value",
		]);
	});
});

test("HF-COM-05", "a task that was given to race is no longer waited for, but not cancelled", async () => {
	await withTaskGroup(async (group) => {
		const task = group.spawn(after(10, "task"));
		equal(await race([task, after(1, "fast")]), "fast");
		equal(task.state, "running");
		equal(await task, "task");
	});
});

test("HF-COM-06", "cancelling a combinator cancels its entries and waits for them", async () => {
	for (const combine of [all, any, race, allSettled]) {
		const log: string[] = [];
		await moveOnAfter(5, async () => {
			await combine([logged(log, "a"), logged(log, "b")]);
			log.push("not reached");
		});
		equal(log.sort(), ["a", "b"]);
	}
});

test("HF-COM-07", "map keeps the order, and at most `concurrency` run at once", async () => {
	let inside = 0;
	let most = 0;
	const result = await map(
		[30, 10, 20, 5, 15],
		async (milliseconds, index) => {
			inside++;
			most = Math.max(most, inside);
			await sleep(milliseconds);
			inside--;
			return `${index}:${milliseconds}`;
		},
		{ concurrency: 2 },
	);
	equal(result, ["0:30", "1:10", "2:20", "3:5", "4:15"]);
	equal(most, 2);
});

test("HF-COM-08", "an error in map cancels the rest and takes no further items", async () => {
	const error = new Error("item");
	const seen: number[] = [];
	const mapping = map(
		[1, 2, 3, 4],
		async (item) => {
			seen.push(item);
			await sleep(item);
			if (item === 2) throw error;
			await sleepForever();
		},
		{ concurrency: 2 },
	);
	same(await thrown(() => mapping), error);
	equal(seen, [1, 2]);
});

test("HF-COM-09", "forEach visits every item; a generator that gives the items is closed on an error", async () => {
	const log: (number | string)[] = [];
	function* items(): Generator<number, void, undefined> {
		try {
			for (let i = 0; ; i++) yield i;
		} finally {
			log.push("closed");
		}
	}
	const error = new Error("item");
	const visiting = forEach(
		items(),
		async (item) => {
			await checkpoint();
			if (item === 3) throw error;
			log.push(item);
		},
		{ concurrency: 1 },
	);
	same(await thrown(() => visiting), error);
	equal(log, [0, 1, 2, "closed"]);
});

test("HF-COM-10", "retry calls until it succeeds, waits longer each time, and throws the last error", async () => {
	const start = now();
	const times: number[] = [];
	const flaky = async (attempt: number): Promise<string> => {
		times.push(now() - start);
		if (attempt < 3) throw new Error(`attempt ${attempt}`);
		return `attempt ${attempt}`;
	};
	equal(await retry(flaky, { attempts: 5, delay: 10, factor: 2, jitter: 0 }), "attempt 3");
	equal(times, [0, 10, 30]);
	const error = await thrown(() =>
		retry(async (attempt) => Promise.reject(new Error(`${attempt}`)), { attempts: 2, delay: 0 }),
	);
	equal((error as Error).message, "2");
	const fatal = new Error("fatal");
	let calls = 0;
	const failing = retry(
		async () => {
			calls++;
			throw fatal;
		},
		{ attempts: 5, retryIf: (error) => error !== fatal },
	);
	same(await thrown(() => failing), fatal);
	equal(calls, 1);
});

test("HF-COM-11", "a cancelled retry makes no further attempt", async () => {
	let calls = 0;
	await moveOnAfter(25, () =>
		retry(
			async () => {
				calls++;
				throw new Error("attempt");
			},
			{ attempts: 100, delay: 10, factor: 1, jitter: 0 },
		),
	);
	equal(calls, 3);
});
