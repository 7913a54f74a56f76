import {
	ContextVar,
	checkpoint,
	cleanup,
	currentScope,
	currentTask,
	DeadlockError,
	Event,
	InterruptedError,
	map,
	now,
	onExit,
	openTaskGroup,
	retry,
	ScopeMisuseError,
	sleep,
	sleepForever,
	suppressedErrors,
	TaskCancelledError,
	withCancelScope,
	withSignal,
	withTaskGroup,
} from "holdfast";
import { hostLoop, VirtualLoop } from "holdfast/loops";
import {
	type Body,
	equal,
	fail,
	instance,
	ok,
	outside,
	reports,
	same,
	sendSignal,
	settled,
	test,
	thrown,
	thrownBy,
	value,
	virtual,
} from "../harness.ts";

outside("RUN-01", "run gives what main returns, whether main suspends or not", function* () {
	equal(yield* value(virtual(async () => 8)), 8);
	const later = async (): Promise<string> => {
		await checkpoint();
		return "value";
	};
	equal(yield* value(virtual(later)), "value");
	const double = async (x: number): Promise<number> => {
		await checkpoint();
		return 2 * x;
	};
	equal(yield* value(virtual(double, { args: [4] })), 8);
});

outside("RUN-02", "run of something that is no function rejects with a TypeError that names the mend", function* () {
	const promise = Promise.resolve(1);
	for (const wrong of [promise, sleep(1), 42, undefined, {}]) {
		const result = yield* settled(virtual(wrong as unknown as Body));
		instance(result.error, TypeError);
	}
	for (const called of [promise, sleep(1)]) {
		const result = yield* settled(virtual(called as unknown as Body));
		ok(/pass the function, not its call/.test(String(result.error)), `the message names the mend: ${result.error}`);
	}
});

outside("RUN-02", "a sync function is a main; what it returns is awaited", function* () {
	equal(yield* value(virtual(() => 3)), 3);
	equal(yield* value(virtual(() => Promise.resolve(4))), 4);
	equal(yield* value(virtual(() => sleep(1))), undefined);
});

outside("RUN-04", "an error of main comes out of run as the same object", function* () {
	const error = new RangeError("17");
	const atOnce = yield* settled(
		virtual(async () => {
			throw error;
		}),
	);
	same(atOnce.error, error);
	const later = yield* settled(
		virtual(async () => {
			await sleep(1);
			throw error;
		}),
	);
	same(later.error, error);
});

outside("RUN-08", "what needs a task throws a named error outside any run", function* () {
	instance(
		thrownBy(() => currentScope()),
		ScopeMisuseError,
	);
	for (const call of [() => currentTask(), () => onExit(() => {})]) {
		const error = thrownBy(call);
		ok(String(Reflect.get(error as object, "code")).startsWith("HOLDFAST_"), `a named error, got ${error}`);
	}
	equal(yield* value(sleep(0)), undefined, "a toolbox await starts a root of its own");
});

outside("RUN-14", "callbacks given to a loop run in the order in which they were given", function* () {
	const loop = new VirtualLoop();
	const order: number[] = [];
	const expected: number[] = [];
	const main = async (): Promise<void> => {
		for (let i = 0; i < 100; i++) {
			expected.push(i);
			loop.callSoon(() => order.push(i));
		}
		await sleep(1);
	};
	yield* value(virtual(main, { loop }));
	equal(order, expected);
});

outside("RUN-16", "a callback that queues itself again and again does not starve tasks", function* () {
	for (const loop of [new VirtualLoop(), hostLoop()]) {
		let ended = false;
		const again = (): void => {
			if (!ended) loop.callSoon(again);
		};
		const main = async (): Promise<number> => {
			loop.callSoon(again);
			let steps = 0;
			while (steps < 20) {
				await checkpoint();
				steps++;
			}
			ended = true;
			return steps;
		};
		equal(yield* value(virtual(main, { loop })), 20);
	}
});

outside(
	"RUN-17",
	"run waits for a task that main left running, and gives main's value",
	function* () {
		const log: string[] = [];
		const background = async (): Promise<void> => {
			await sleep(50);
			log.push("background");
		};
		const main = async (): Promise<string> => {
			void background();
			log.push("main");
			return "value";
		};
		equal(yield* value(virtual(main)), "value");
		equal(log, ["main", "background"]);
	},
	{ compiledOnly: "a bare call of a generator coroutine starts nothing" },
);

outside(
	"RUN-18",
	"what a left task throws while it is cancelled is kept with main's error, and reported as that leaves run",
	function* () {
		const error = new Error("main");
		const another = new Error("cleanup");
		const background = async (): Promise<void> => {
			try {
				await sleepForever();
			} finally {
				// biome-ignore lint/correctness/noUnsafeFinally: the case is about an error of the cleanup.
				throw another;
			}
		};
		const main = async (): Promise<void> => {
			void background();
			await sleep(1);
			throw error;
		};
		same((yield* settled(virtual(main))).error, error);
		equal(suppressedErrors(error), [another]);
		equal(
			reports().map((report) => [report.kind, report.error === another, report.primary === error]),
			[["suppressed", true, true]],
		);
	},
	{ compiledOnly: "a bare call of a generator coroutine starts nothing" },
);

outside("HF-RUN-01", "run ends only when every task, and its cleanup, has ended", function* () {
	const log: string[] = [];
	const main = async (): Promise<string> => {
		const start = now();
		onExit(() => {
			log.push(`exit of main at ${now() - start}`);
		});
		return await withTaskGroup(async (group) => {
			group.spawn(async () => {
				await sleep(10);
				log.push("child");
			});
			return "value";
		});
	};
	equal(yield* value(virtual(main)), "value");
	equal(log, ["child", "exit of main at 10"]);
});

outside("HF-RUN-02", "a run that nothing can wake ends with a DeadlockError", function* () {
	const result = yield* settled(virtual(() => sleepForever()));
	instance(result.error, DeadlockError);
	const event = new Event();
	instance((yield* settled(virtual(async () => await event.wait()))).error, DeadlockError);
});

outside("HF-RUN-03", "an abort of run's signal cancels main; run throws the signal's reason", function* () {
	const controller = new AbortController();
	const reason = new Error("the caller is gone");
	const log: string[] = [];
	const main = async (): Promise<void> => {
		try {
			controller.abort(reason);
			await sleepForever();
			log.push("not reached");
		} finally {
			log.push("finally");
		}
	};
	same((yield* settled(virtual(main, { signal: controller.signal }))).error, reason);
	equal(log, ["finally"]);
});

outside(
	"HF-RUN-04",
	"an aborted signal cancels before the first suspension; a reason that is no error becomes an AbortError",
	function* () {
		const log: string[] = [];
		const main = async (): Promise<void> => {
			log.push("started");
			await checkpoint();
			log.push("not reached");
		};
		const result = yield* settled(virtual(main, { signal: AbortSignal.abort("text") }));
		equal((result.error as Error).name, "AbortError");
		equal(log, ["started"]);
	},
);

outside("HF-RUN-05", "several runs at once keep their contexts and clocks apart", function* () {
	const variable = new ContextVar<string>("variable", { default: "none" });
	const main = (name: string, milliseconds: number) => async (): Promise<unknown[]> => {
		const start = now();
		variable.set(name);
		await sleep(milliseconds);
		return [variable.get(), now() - start];
	};
	const both = Promise.all([virtual(main("a", 30)), virtual(main("b", 10))]);
	equal(yield* value(both), [
		["a", 30],
		["b", 10],
	]);
	equal(yield* value(virtual(() => variable.get())), "none", "what a run sets is not seen by the next one");
});

outside("HF-RUN-07", "an unknown option is refused by name, and a wrong value of a known one", function* () {
	const result = yield* settled(virtual(async () => 1, { timeuot: 5 } as object));
	instance(result.error, TypeError);
	ok(/timeuot/.test(String(result.error)), `the message names the option: ${result.error}`);
	const wrong = [{ grace: -1 }, { grace: Number.NaN }, { bareCalls: "forbit" }, { args: 5 }, { signal: {} }];
	for (const options of wrong) equal((yield* settled(virtual(async () => 1, options as object))).ok, false);
});

test("HF-RUN-13", "scopes, groups and tools refuse unknown options by name", async () => {
	const unknown = { timeuot: 5 } as object;
	const calls = [
		() => withCancelScope(unknown, () => {}),
		() => withTaskGroup(() => {}, unknown),
		() => openTaskGroup(unknown),
		() => retry(() => {}, unknown),
		() => map([], () => {}, unknown),
	];
	for (const call of calls) {
		const error = await thrown(call);
		instance(error, TypeError);
		ok(/timeuot/.test(error.message), `the message names the option: ${error.message}`);
	}
});

outside("HF-RUN-11", "an onReport that throws loses neither error", function* () {
	const main = async (): Promise<string> => {
		sleep(10);
		return "value";
	};
	const onReport = (): void => fail("hook");
	equal(yield* value(virtual(main, { onReport })), "value");
});

outside(
	"SIG-05",
	"a signal cancels main, its cleanup runs, and run throws an InterruptedError",
	function* () {
		const log: string[] = [];
		const main = async (): Promise<void> => {
			try {
				sendSignal("SIGINT");
				await sleepForever();
				log.push("not reached");
			} finally {
				await cleanup(() => sleep(5));
				log.push("cleaned up");
			}
		};
		const { error } = yield* settled(virtual(main, { signals: true }));
		instance(error, InterruptedError);
		equal(log, ["cleaned up"]);
	},
	{ needs: "process" },
);

outside(
	"HF-RUN-16",
	"a main that cancels its own task, or the run's scope: the run ends, with an error that says so or with undefined",
	function* () {
		const log: string[] = [];
		const cancelTask = async (): Promise<string> => {
			try {
				currentTask().cancel("enough");
				await sleepForever();
				return "not reached";
			} finally {
				log.push("finally");
			}
		};
		const result = yield* settled(virtual(cancelTask));
		equal(result.ok, false);
		instance(result.error, TaskCancelledError);
		const cancelScope = async (): Promise<string> => {
			currentScope().cancel("enough");
			await sleepForever();
			return "not reached";
		};
		equal((yield* settled(virtual(cancelScope))).value, undefined);
		equal(log, ["finally"]);
	},
);

outside("HF-RUN-17", "when a run or a withSignal has ended, it has taken its listener off the signal", function* () {
	const { signal } = new AbortController();
	let listeners = 0;
	const watched = new Proxy(signal, {
		get(target, key) {
			const member: unknown = Reflect.get(target, key);
			if (typeof member !== "function") return member;
			return (...args: unknown[]): unknown => {
				if (key === "addEventListener") listeners++;
				if (key === "removeEventListener") listeners--;
				return Reflect.apply(member, target, args);
			};
		},
	});
	const main = async (): Promise<number> => {
		await withSignal(watched, () => sleep(1));
		return listeners;
	};
	equal(yield* value(virtual(main, { signal: watched })), 1);
	equal(listeners, 0);
});
