import {
	checkpoint,
	moveOnAfter,
	now,
	sleep,
	sleepForever,
	TaskGroupError,
	withCancelScope,
	withTaskGroup,
} from "holdfast";
import { equal, instance, outside, reports, same, settled, test, thrown, value, virtual } from "../harness.ts";

const compiled = {
	compiledOnly: "generators have no async generators; `for await` over other iterables is tested with channels",
};

/** Gives 1, 2, 3 … and logs what becomes of it. */
async function* numbers(log: unknown[], count: number): AsyncGenerator<number, void, undefined> {
	log.push("started");
	try {
		for (let i = 1; i <= count; i++) {
			await sleep(1);
			yield i;
		}
		log.push("exhausted");
	} finally {
		await sleep(1);
		log.push("closed");
	}
}

test(
	"AGN-01",
	"an async generator is exhausted, or closed midway; after that it is done",
	async () => {
		const log: unknown[] = [];
		const values: number[] = [];
		for await (const value of numbers(log, 3)) values.push(value);
		equal(values, [1, 2, 3]);
		equal(log, ["started", "exhausted", "closed"]);
		log.length = 0;
		const generator = numbers(log, 3);
		equal(await generator.next(), { value: 1, done: false });
		equal(await generator.return(), { value: undefined, done: true });
		equal(await generator.next(), { value: undefined, done: true });
		equal(log, ["started", "closed"]);
	},
	compiled,
);

test(
	"AGN-02",
	"nothing runs before the first value is asked for, and nothing is fetched ahead",
	async () => {
		const log: unknown[] = [];
		await withCancelScope(async (scope) => {
			scope.cancel();
			await checkpoint();
			for await (const _ of numbers(log, 3)) log.push("not reached");
		});
		equal(log, []);
		const generator = numbers(log, 3);
		await sleep(5);
		equal(log, []);
		await generator.next();
		await sleep(50);
		equal(log, ["started"], "no second value before it is asked for");
		await generator.return();
	},
	compiled,
);

test(
	"AGN-04",
	"a group of errors that the generator throws reaches the consumer as it is",
	async () => {
		const error = new Error("child");
		async function* failing(): AsyncGenerator<number, void, undefined> {
			yield 1;
			await withTaskGroup(
				async (group) => {
					group.spawn(async () => {
						throw error;
					});
				},
				{ errors: "group" },
			);
		}
		const values: number[] = [];
		const wrapped = await thrown(async () => {
			for await (const value of failing()) values.push(value);
		});
		instance(wrapped, TaskGroupError);
		equal(wrapped.errors, [error]);
		equal(values, [1]);
	},
	compiled,
);

test(
	"AGN-06",
	"a scope that is cancelled inside the generator does not concern the consumer",
	async () => {
		async function* cancelling(): AsyncGenerator<number, void, undefined> {
			for (let i = 0; i < 3; i++) {
				await withCancelScope(async (scope) => {
					scope.cancel();
					await checkpoint();
				});
				yield i;
			}
		}
		const values: number[] = [];
		for await (const value of cancelling()) {
			await checkpoint();
			values.push(value);
		}
		equal(values, [0, 1, 2]);
	},
	compiled,
);

outside(
	"AGN-09",
	"a generator that was left inside a try is closed at the end of the run, newest first, in a bounded cleanup",
	function* () {
		const log: string[] = [];
		async function* endless(name: string): AsyncGenerator<number, void, undefined> {
			try {
				for (let i = 0; ; i++) yield i;
			} finally {
				await sleep(5);
				log.push(name);
			}
		}
		const main = async (): Promise<string> => {
			await endless("old").next();
			await endless("new").next();
			return "value";
		};
		equal(yield* value(virtual(main)), "value");
		equal(log, ["new", "old"]);
		async function* stuck(): AsyncGenerator<number, void, undefined> {
			try {
				yield 1;
			} finally {
				try {
					await sleepForever();
				} finally {
					log.push("interrupted");
				}
			}
		}
		yield* settled(
			virtual(
				async () => {
					await stuck().next();
				},
				{ grace: 50 },
			),
		);
		equal(log, ["new", "old", "interrupted"]);
		reports();
	},
	compiled,
);

outside(
	"AGN-10",
	"an error that such a generator throws while it is closed is reported; main's result stands",
	function* () {
		const error = new Error("closing");
		async function* failing(): AsyncGenerator<number, void, undefined> {
			try {
				yield 1;
			} finally {
				// biome-ignore lint/correctness/noUnsafeFinally: the case is about an error of the cleanup.
				throw error;
			}
		}
		const main = async (): Promise<string> => {
			await failing().next();
			return "value";
		};
		equal(yield* value(virtual(main)), "value");
		equal(
			reports().map((it) => [it.kind, it.error]),
			[["generator", error]],
		);
	},
	compiled,
);

test(
	"HF-AGN-01",
	"for await closes its generator however it is left: break, return, error, cancellation",
	async () => {
		const leave = async (how: string, log: unknown[]): Promise<void> => {
			for await (const value of numbers(log, 100)) {
				log.push(value);
				if (how === "break") break;
				if (how === "return") return;
				if (how === "error") throw new Error("loop");
				await sleepForever();
			}
		};
		for (const how of ["break", "return", "error", "cancellation"]) {
			const log: unknown[] = [];
			if (how === "cancellation") await moveOnAfter(5, () => leave(how, log));
			else if (how === "error") await thrown(() => leave(how, log));
			else await leave(how, log);
			equal(log, ["started", 1, "closed"], how);
		}
	},
	compiled,
);

test(
	"HF-AGN-02",
	"a cancellation while the generator itself waits runs its finally, protected, and the consumer's",
	async () => {
		const log: unknown[] = [];
		const start = now();
		async function* waiting(): AsyncGenerator<number, void, undefined> {
			try {
				yield 1;
				await sleepForever();
				log.push("not reached");
			} finally {
				await sleep(3);
				log.push(`generator at ${now() - start}`);
			}
		}
		await moveOnAfter(5, async () => {
			try {
				for await (const value of waiting()) log.push(value);
				log.push("not reached");
			} finally {
				log.push("consumer");
			}
		});
		equal(log, [1, "generator at 8", "consumer"]);
	},
	compiled,
);

test(
	"HF-AGN-03",
	"an error of the loop wins over one of closing; after a break the error of closing is thrown",
	async () => {
		const closing = new Error("closing");
		const loop = new Error("loop");
		async function* failing(): AsyncGenerator<number, void, undefined> {
			try {
				yield 1;
			} finally {
				// biome-ignore lint/correctness/noUnsafeFinally: the case is about an error of the cleanup.
				throw closing;
			}
		}
		const breaking = async (): Promise<void> => {
			for await (const _ of failing()) break;
		};
		same(await thrown(breaking), closing);
		const throwing = async (): Promise<void> => {
			for await (const _ of failing()) throw loop;
		};
		same(await thrown(throwing), loop);
	},
	compiled,
);

test(
	"HF-AGN-04",
	"yield*, throw and return reach a delegated generator",
	async () => {
		const log: unknown[] = [];
		async function* outer(): AsyncGenerator<number, void, undefined> {
			yield 0;
			yield* numbers(log, 2);
			yield 9;
		}
		const values: number[] = [];
		for await (const value of outer()) values.push(value);
		equal(values, [0, 1, 2, 9]);
		log.length = 0;
		for await (const value of outer()) {
			if (value === 1) break;
		}
		equal(log, ["started", "closed"]);
		async function* catching(): AsyncGenerator<string, void, undefined> {
			try {
				yield "first";
			} catch (error) {
				yield `caught ${(error as Error).message}`;
			}
		}
		const generator = catching();
		await generator.next();
		equal(await generator.throw(new Error("in")), { value: "caught in", done: false });
		equal(await generator.next(), { value: undefined, done: true });
	},
	compiled,
);

test("HF-AGN-05", "for await over sync iterables and promises in them", async () => {
	const values: unknown[] = [];
	for await (const value of [1, Promise.resolve(2), 3]) values.push(value);
	equal(values, [1, 2, 3]);
});

test(
	"HF-AGN-06",
	"for await calls return of an iterator that it leaves, and not of one that is done or has thrown",
	async () => {
		const log: string[] = [];
		const error = new Error("next");
		const iterable = (end: "done" | "throws" | "endless"): AsyncIterable<number> => ({
			[Symbol.asyncIterator]() {
				let count = 0;
				return {
					async next(): Promise<IteratorResult<number>> {
						await checkpoint();
						count++;
						if (count === 3 && end === "done") return { value: undefined, done: true };
						if (count === 3 && end === "throws") throw error;
						return { value: count, done: false };
					},
					async return(): Promise<IteratorResult<number>> {
						await sleep(1);
						log.push(`return: ${end}`);
						return { value: undefined, done: true };
					},
				};
			},
		});
		const consume = async (end: "done" | "throws" | "endless"): Promise<number> => {
			let sum = 0;
			for await (const value of iterable(end)) {
				sum += value;
				if (value === 5) break;
			}
			return sum;
		};
		equal(await consume("done"), 3);
		same(await thrown(() => consume("throws")), error);
		equal(log, []);
		equal(await consume("endless"), 15);
		equal(log, ["return: endless"]);
		await moveOnAfter(0, async () => {
			for await (const _ of iterable("endless")) await sleepForever();
		});
		equal(log.length <= 2, true);
	},
);

test(
	"HF-AGN-07",
	"calls of next that overlap are answered in order",
	async () => {
		const log: unknown[] = [];
		const generator = numbers(log, 3);
		const results = await Promise.all([generator.next(), generator.next(), generator.next(), generator.next()]);
		equal(results, [
			{ value: 1, done: false },
			{ value: 2, done: false },
			{ value: 3, done: false },
			{ value: undefined, done: true },
		]);
		equal(log, ["started", "exhausted", "closed"]);
	},
	compiled,
);

outside(
	"HF-AGN-08",
	"outside any run a compiled async generator is an ordinary one",
	function* () {
		const log: string[] = [];
		async function* plain(): AsyncGenerator<number, string, unknown> {
			try {
				yield 1;
				await Promise.resolve();
				yield 2;
				return "end";
			} finally {
				log.push("closed");
			}
		}
		const generator = plain();
		same(generator[Symbol.asyncIterator](), generator);
		equal(yield* value(generator.next()), { value: 1, done: false });
		equal(yield* value(generator.next()), { value: 2, done: false });
		equal(yield* value(generator.next()), { value: "end", done: true });
		equal(log, ["closed"]);
		const left = plain();
		yield* value(left.next());
		equal(yield* value(left.return("early")), { value: "early", done: true });
		equal(log, ["closed", "closed"]);
	},
	compiled,
);
