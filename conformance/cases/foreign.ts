import {
	checkpoint,
	cleanup,
	moveOnAfter,
	now,
	sleep,
	sleepForever,
	until,
	withCancelScope,
	withTaskGroup,
	withTimeout,
} from "holdfast";
import { hostLoop, VirtualLoop } from "holdfast/loops";
import {
	equal,
	hostTurn,
	instance,
	ok,
	outcome,
	outside,
	reports,
	same,
	settled,
	test,
	thrown,
	value,
	virtual,
} from "../harness.ts";

/** What the awaited thing calls: resolve and reject. */
type Then = (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void;
const thenable = (then: Then): PromiseLike<unknown> => ({ then }) as unknown as PromiseLike<unknown>;

test("HF-FOR-01", "a native promise is awaited, value and error", async () => {
	equal(await Promise.resolve(1), 1);
	const error = new Error("foreign");
	same(await thrown(() => Promise.reject(error)), error);
	equal(await Promise.resolve().then(() => Promise.resolve(2)), 2);
});

test("HF-FOR-02", "a thenable that settles several times counts once, and its later errors are reported", async () => {
	equal(
		await thenable((resolve, reject) => {
			resolve(1);
			resolve(2);
			reject(new Error("late"));
			throw new Error("later");
		}),
		1,
	);
	// The language drops these; here no error is lost.
	equal(
		reports().map(({ kind, error }) => `${kind}: ${(error as Error).message}`),
		["late-rejection: late", "late-rejection: later"],
	);
	const error = new Error("first");
	const rejecting = thenable((resolve, reject) => {
		reject(error);
		resolve(1);
	});
	same(await thrown(() => rejecting), error);
});

test("HF-FOR-03", "a thenable whose then throws, or whose then cannot even be read, rejects the await", async () => {
	const error = new Error("hostile");
	const throwing = thenable(() => {
		throw error;
	});
	same(await thrown(async () => await throwing), error);
	// biome-ignore lint/suspicious/noThenProperty: the case is about it.
	const unreadable = Object.defineProperty({}, "then", {
		get() {
			throw error;
		},
	}) as PromiseLike<unknown>;
	same(await thrown(async () => await unreadable), error);
	const proxy = new Proxy(
		{},
		{
			get() {
				throw error;
			},
			has() {
				throw error;
			},
		},
	) as PromiseLike<unknown>;
	same(await thrown(async () => await until(proxy)), error);
	await checkpoint();
});

test("HF-FOR-04", "a thenable that resolves with a thenable is followed", async () => {
	const nested = thenable((resolve) => resolve(thenable((again) => again(Promise.resolve("value")))));
	equal(await nested, "value");
	const error = new Error("inner");
	const failing = thenable((resolve) => resolve(Promise.reject(error)));
	same(await thrown(async () => await failing), error);
});

test("HF-FOR-05", "a thenable that never settles can be left by cancellation", async () => {
	const start = now();
	equal(await moveOnAfter(5, async () => await settlesNever()), undefined);
	ok(now() - start <= 5, "it did not wait");
	function settlesNever(): PromiseLike<unknown> {
		return thenable(() => {});
	}
});

test("HF-FOR-06", "what is no promise is given as it is", async () => {
	// biome-ignore lint/suspicious/noThenProperty: the case is about it.
	const object = { then: 5 };
	same(await (object as unknown), object);
	const fn = (): void => {};
	same(await (fn as unknown), fn);
	equal(await (null as unknown), null);
	equal(await until(7), 7);
	const list = [1, 2];
	same(await (list as unknown), list);
});

test(
	"HF-FOR-07",
	"a thenable that resolves late, or after the run of its waiter was over, disturbs nobody",
	async () => {
		let late: ((value: unknown) => void) | undefined;
		await moveOnAfter(1, async () => {
			await thenable((resolve) => {
				late = resolve;
			});
		});
		late?.("ignored");
		late?.(Promise.resolve("ignored"));
		await sleep(1);
		equal(await thenable((resolve) => resolve("mine")), "mine");
	},
);

test("HF-FOR-08", "an error is thrown as it is, whatever it is", async () => {
	for (const odd of [undefined, null, 0, "text", Object.freeze({ frozen: true })]) {
		const result = await outcome(() => Promise.reject(odd));
		same(result.error, odd);
	}
	const hostile = Object.defineProperty(new Error("hostile"), "stack", {
		get() {
			throw new Error("stack getter");
		},
	});
	const group = withTaskGroup(async (group) => {
		group.spawn(async () => {
			throw hostile;
		});
		group.spawn(async () => {
			throw new Error("second");
		});
	});
	same(await thrown(() => group), hostile);
	reports();
});

test("HF-FOR-09", "await of a settled promise in a cancelled scope throws", async () => {
	let reached = false;
	await withCancelScope(async (scope) => {
		scope.cancel();
		await Promise.resolve(1);
		reached = true;
	});
	equal(reached, false);
});

outside(
	"HF-FOR-10",
	"a native async function as main: what it awaits of coroutines runs in tasks of the run",
	function* () {
		const native = async (): Promise<unknown[]> => {
			"use native";
			const start = now();
			await sleep(5);
			const caught = await withTimeout(5, () => sleepForever()).catch((error: unknown) => (error as Error).name);
			return [caught, now() - start];
		};
		equal(yield* value(virtual(native)), ["TimeoutError", 10]);
		ok(
			reports().every((it) => it.kind === "hint"),
			"at most a hint how to turn the compiler on",
		);
	},
	{ needs: "contexts" },
);

test(
	"HF-FOR-16",
	"a native async function is cancelled at its awaits of coroutines, its finally runs and is waited for",
	async () => {
		const log: string[] = [];
		const native = async (): Promise<void> => {
			"use native";
			try {
				await sleepForever();
				log.push("not reached");
			} finally {
				await Promise.resolve();
				log.push("finally");
			}
		};
		equal(await moveOnAfter(5, native), undefined);
		equal(log, ["finally"]);
		reports();
	},
);

outside("HF-FOR-11", "a promise that a timer of the host resolves is waited for: that is no deadlock", function* () {
	for (const loop of [hostLoop(), new VirtualLoop()]) {
		const main = async (): Promise<string> => {
			return await new Promise<string>((resolve) => {
				setTimeout(() => resolve("from a timer"), 2);
			});
		};
		equal(yield* value(virtual(main, { loop })), "from a timer");
	}
});

test("HF-FOR-15", "virtual time does not jump while the outside world is awaited", async () => {
	const start = now();
	await withTaskGroup(async (group) => {
		group.spawn(async () => {
			await sleep(1000);
			group.cancel();
		});
		await hostTurn();
		equal(now() - start, 0);
	});
});

outside("HF-FOR-12", "yielding something foreign in a nested generator throws at the yield", function* () {
	for (const foreign of [Promise.resolve(1), 5, undefined, { odd: true }]) {
		const result = yield* settled(
			virtual(function* () {
				yield* (function* (): Generator<unknown, void, unknown> {
					yield foreign;
				})() as Generator<never, void, unknown>;
			}),
		);
		instance(result.error, TypeError);
		ok(/yield/.test(result.error.message), `the message names yield: ${result.error.message}`);
	}
});

test("HF-FOR-13", "a rejection that arrives in the step of a cancellation is not lost", async () => {
	const error = new Error("rejected");
	let reject: ((error: Error) => void) | undefined;
	const foreign = new Promise<void>((_, it) => {
		reject = it;
	});
	await withTaskGroup(async (group) => {
		group.spawn(async () => {
			await moveOnAfter(1000, async (scope) => {
				group.spawn(async () => {
					await sleep(1);
					reject?.(error);
					scope.cancel();
				});
				await foreign;
			});
		});
	});
	await sleep(1);
	await hostTurn();
	equal(
		reports().map((it) => it.error),
		[error],
	);
});

test("HF-FOR-14", "cleanup of foreign resources: a promise is awaited under protection", async () => {
	const log: string[] = [];
	await withCancelScope(async (scope) => {
		scope.cancel();
		try {
			await sleepForever();
		} finally {
			await cleanup(async () => {
				await hostTurn();
				log.push("closed");
			});
		}
	});
	equal(log, ["closed"]);
});
