import {
	all,
	ContextVar,
	cleanup,
	MisuseError,
	matchErrors,
	memoize,
	moveOnAfter,
	now,
	onExit,
	resource,
	serviceGroup,
	shield,
	sleep,
	sleepForever,
	suppressedErrors,
	TaskGroupError,
	throttle,
	withTaskGroup,
} from "holdfast";
import { equal, fail, instance, same, test, thrown } from "../harness.ts";

test(
	"HF-MEM-01",
	"one call for all who ask at the same time; the first may leave, the others get the value",
	async () => {
		let calls = 0;
		const load = memoize(async (key: string) => {
			calls++;
			await sleep(10);
			return { key };
		});
		const [none, a, b] = await all([() => moveOnAfter(3, () => load("x")), () => load("x"), () => load("x")]);
		equal([none, calls, now()], [undefined, 1, 10]);
		same(a, b);
		same(await load("x"), a);
	},
);

test("HF-MEM-02", "whoever leaves last cancels the call and waits for its cleanup", async () => {
	const log: string[] = [];
	const load = memoize(async () => {
		try {
			await sleepForever();
		} finally {
			await cleanup(() => sleep(2));
			log.push(`ended at ${now()}`);
		}
	});
	await all([() => moveOnAfter(3, () => load()), () => moveOnAfter(5, () => load())]);
	equal(log, ["ended at 7"]);
	equal(load.statistics().running, 0);
});

test("HF-MEM-03", "a waiter in a shield keeps the call alive, whatever is cancelled around it", async () => {
	const load = memoize(async () => {
		await sleep(10);
		return "value";
	});
	let value: unknown;
	await moveOnAfter(3, async () => {
		value = await shield(() => load());
	});
	equal(value, "value");
});

test("HF-MEM-04", "a call that would wait for itself is told so", async () => {
	const load = memoize(async (): Promise<unknown> => {
		await sleep(1);
		return load();
	});
	instance(await thrown(() => load()), MisuseError);
});

test("HF-MEM-05", "an error goes to all who wait, the same object, and the next call tries again", async () => {
	let calls = 0;
	const load = memoize(async () => {
		await sleep(1);
		throw new Error(`failure ${++calls}`);
	});
	const [a, b] = await all([() => thrown(() => load()), () => thrown(() => load())]);
	same(a, b);
	await thrown(() => load());
	equal(calls, 2);
});

test("HF-MEM-06", "the call has the context of whoever asked first", async () => {
	const user = new ContextVar<string>("user");
	const load = memoize(async () => {
		await sleep(1);
		return user.get();
	});
	const ask = (name: string) => () => user.with(name, () => load());
	equal(await all([ask("first"), ask("second")]), ["first", "first"]);
});

test("HF-THR-01", "calls wait for their turn, in order; one that is cancelled takes no turn", async () => {
	const log: string[] = [];
	const call = throttle(
		async (name: string) => {
			log.push(`${name} at ${now()}`);
		},
		{ limit: 1, interval: 10 },
	);
	await withTaskGroup(async (group) => {
		group.spawn(call, "a");
		group.spawn(() => moveOnAfter(5, () => call("gone")));
		group.spawn(call, "b");
		group.spawn(call, "c");
	});
	equal(log, ["a at 0", "b at 10", "c at 20"]);
});

test("HF-THR-02", "no more calls run at once than concurrency says", async () => {
	let inside = 0;
	let most = 0;
	const call = throttle(
		async () => {
			most = Math.max(most, ++inside);
			await sleep(3);
			inside--;
		},
		{ concurrency: 2 },
	);
	await all([call, call, call, call, call]);
	equal([most, now()], [2, 9]);
});

test("HF-RES-01", "a resource is released when the scope's tasks have ended, latest first, on every path", async () => {
	const log: string[] = [];
	const open = (name: string) =>
		resource(
			async () => {
				await sleep(1);
				return name;
			},
			async (value) => {
				await sleep(2);
				log.push(`${value} released at ${now()}`);
			},
		);
	await moveOnAfter(10, () =>
		withTaskGroup(async (group) => {
			onExit(() => {
				log.push("first exit");
			});
			await open("a");
			await open("b");
			group.spawn(async () => {
				try {
					await sleepForever();
				} finally {
					log.push("task ended");
				}
			});
			await sleepForever();
		}),
	);
	equal(log, ["task ended", "b released at 12", "a released at 14", "first exit"]);
	await open("c").with(async (value) => {
		log.push(value);
	});
	equal(log.slice(4), ["c", "c released at 17"]);
});

test("HF-RES-02", "an acquire that is cancelled half way cleans up after itself, and nothing is released", async () => {
	const log: string[] = [];
	await moveOnAfter(1, () =>
		resource(
			async () => {
				try {
					await sleepForever();
				} finally {
					log.push("cleaned up");
				}
			},
			() => fail("released"),
		),
	);
	equal(log, ["cleaned up"]);
});

test(
	"HF-RES-03",
	"held for a block by await using",
	async () => {
		const log: string[] = [];
		{
			await using held = await resource(
				() => "value",
				async (value) => {
					await sleep(1);
					log.push(`${value} released at ${now()}`);
				},
			).hold();
			log.push(held.value);
		}
		log.push("after the block");
		equal(log, ["value", "value released at 1", "after the block"]);
	},
	{ compiledOnly: "there is no `await using` in a generator" },
);

const service = (log: string[]) => async (): Promise<void> => {
	try {
		await sleepForever();
	} finally {
		log.push(`service stops at ${now()}`);
		await cleanup(() => sleep(5));
		log.push(`service ended at ${now()}`);
	}
};

test("HF-SVC-01", "services stop when the body has ended, its cleanup included", async () => {
	const log: string[] = [];
	await moveOnAfter(10, () =>
		serviceGroup(async (services) => {
			services.spawn(service(log));
			try {
				await sleepForever();
			} finally {
				await cleanup(() => sleep(3));
				log.push(`body ended at ${now()}`);
			}
		}),
	);
	equal(log, ["body ended at 13", "service stops at 13", "service ended at 18"]);
});

test("HF-SVC-02", "a service that fails cancels the body, and not the other services", async () => {
	const log: string[] = [];
	const error = new Error("service");
	const body = serviceGroup(async (services) => {
		services.spawn(service(log));
		services.spawn(async () => {
			await sleep(2);
			throw error;
		});
		try {
			await sleepForever();
		} finally {
			await cleanup(() => sleep(3));
			log.push(`body ended at ${now()}`);
		}
	});
	same(await thrown(() => body), error);
	equal(log, ["body ended at 5", "service stops at 5", "service ended at 10"]);
});

test("HF-SVC-03", "the body gives its value; a service that fails while it stops is not lost", async () => {
	equal(await serviceGroup(async (services) => services.spawn(service([])).state), "pending");
	const [first, second] = [new Error("body"), new Error("service")];
	const error = await thrown(() =>
		serviceGroup(async (services) => {
			services.spawn(async () => {
				try {
					await sleepForever();
				} finally {
					// biome-ignore lint/correctness/noUnsafeFinally: the case
					throw second;
				}
			});
			await sleep(1);
			throw first;
		}),
	);
	same(error, first);
	equal(suppressedErrors(error).length, 1);
	same(suppressedErrors(error)[0], second);
});

const shape = (error: unknown): unknown =>
	error instanceof TaskGroupError ? error.errors.map(shape) : (error as Error).message;

test("HF-SPL-01", "a group's error is split with its tree, and handled by kind; the rest is thrown on", async () => {
	const failing = (error: Error) => async (): Promise<never> => {
		throw error;
	};
	const group = (await thrown(() =>
		withTaskGroup(
			async (outer) => {
				outer.spawn(failing(new TypeError("1")));
				outer.spawn(() =>
					withTaskGroup(
						async (inner) => {
							inner.spawn(failing(new RangeError("2")));
							inner.spawn(failing(new TypeError("3")));
						},
						{ errors: "group" },
					),
				);
			},
			{ errors: "group" },
		),
	)) as TaskGroupError;
	equal(shape(group), ["1", ["2", "3"]]);
	equal(group.split(TypeError).map(shape), [["1", ["3"]], [["2"]]]);
	const log: unknown[] = [];
	const rest = await thrown(() =>
		matchErrors(group, {
			TypeError: async (errors) => {
				await sleep(1);
				log.push(...errors.map(shape));
			},
			SyntaxError: () => fail("called"),
		}),
	);
	equal([log, shape(rest)], [["1", "3"], [["2"]]]);
});

test("HF-SPL-02", "a plain error is a group of one; a handler that throws does not stop the others", async () => {
	const plain = new TypeError("plain");
	await matchErrors(plain, [[TypeError, (errors) => same(errors[0], plain)]]);
	same(await thrown(() => matchErrors(plain, [[RangeError, () => fail("called")]])), plain);
	const problem = new Error("handler");
	const log: string[] = [];
	const error = await thrown(() =>
		matchErrors(new TaskGroupError([plain, new RangeError("range")]), {
			TypeError: async () => {
				throw problem;
			},
			RangeError: () => {
				log.push("ran");
			},
		}),
	);
	same(error, problem);
	equal(log, ["ran"]);
});
