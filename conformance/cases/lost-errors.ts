// "No error is ever lost": where an error has no place on its way out, somebody is told of it.
import {
	cleanup,
	type Instrument,
	map,
	moveOnAfter,
	onExit,
	type Report,
	race,
	retry,
	run,
	sleep,
	sleepForever,
	suppressedErrors,
	suspend,
	TaskCancelledError,
	TimeoutError,
	until,
	withTaskGroup,
	withTimeout,
} from "holdfast";
import { VirtualLoop } from "holdfast/loops";
import {
	type Body,
	equal,
	hostTurn,
	instance,
	ok,
	outside,
	reports,
	same,
	settled,
	test,
	thrown,
	value,
	virtual,
} from "../harness.ts";

/** The kinds and errors of the reports so far, taken. */
const taken = (): unknown[] => reports().map((it) => [it.kind, it.error]);

/** A body whose group fails with all of these, in order. */
const failing =
	(errors: readonly unknown[]): Body<void> =>
	async () => {
		await withTaskGroup(async (group) => {
			for (const error of errors) {
				group.spawn(async () => {
					await sleep(1);
					throw error;
				});
			}
		});
	};

/** Waits until it is cancelled, and then fails. */
const failingCleanup =
	(error: unknown): Body<void> =>
	async () => {
		try {
			await sleepForever();
		} finally {
			// biome-ignore lint/correctness/noUnsafeFinally: the case is about an error of the cleanup.
			throw error;
		}
	};

outside("HF-ERR-12", "an error that leaves run tells of what it suppresses, in order and once each", function* () {
	const errors = ["first", "second", "third"].map((it) => new Error(it));
	const { error } = yield* settled(virtual(failing(errors)));
	same(error, errors[0]);
	equal(suppressedErrors(error), errors.slice(1));
	equal(
		taken(),
		errors.slice(1).map((it) => ["suppressed", it]),
	);
});

outside("HF-ERR-13", "what was caught inside the run, with what it suppresses, is not reported", function* () {
	const errors = [new Error("first"), new Error("second")];
	const body = failing(errors);
	const main: Body<void> = async () => {
		same(await thrown(body), errors[0]);
	};
	yield* value(virtual(main));
	equal(taken(), []);
});

test(
	"HF-ERR-14",
	"whatever is thrown comes out unchanged; what is no object cannot carry others, which are reported",
	async () => {
		for (const primitive of [undefined, null, 0, "", "text", 1n, Symbol("symbol"), false]) {
			const second = new Error("second");
			const body = failing([primitive, second]);
			let caught: unknown = "nothing";
			try {
				await body();
			} catch (error) {
				caught = error;
			}
			same(caught, primitive);
			equal(taken(), [["suppressed", second]], String(primitive));
		}
	},
);

test("HF-ERR-15", "a primitive that comes second is kept with the first", async () => {
	const first = new Error("first");
	same(await thrown(failing([first, "text", undefined])), first);
	equal(suppressedErrors(first), ["text", undefined]);
});

test("HF-ERR-16", "errors that cannot be written to, or cannot even be read, carry others all the same", async () => {
	const hostile = Object.defineProperty(new Error("hostile"), "stack", {
		get: () => {
			throw new Error("stack");
		},
	});
	const sealed = Object.seal(Object.assign(new Error("sealed"), { stack: "fixed" }));
	for (const primary of [hostile, sealed, Object.freeze({}), () => {}]) {
		const second = new Error("second");
		same(await thrown(failing([primary, second])), primary);
		equal(suppressedErrors(primary), [second]);
	}
});

test("HF-ERR-17", "all errors of several onExit callbacks are kept, and with them what led there", async () => {
	const [body, last, first] = ["body", "last callback", "first callback"].map((it) => new Error(it));
	const group = withTaskGroup(async () => {
		onExit(() => {
			throw first;
		});
		onExit(async () => {
			await sleep(1);
			throw last;
		});
		throw body;
	});
	same(await thrown(() => group), body);
	equal(suppressedErrors(body), [last, first]);
});

test("HF-ERR-18", "an error in the cleanup of a task that was cancelled by itself is the group's", async () => {
	const error = new Error("cleanup");
	const group = withTaskGroup(async (group) => {
		const task = group.spawn(failingCleanup(error));
		await sleep(1);
		task.cancel();
		await sleepForever();
	});
	same(await thrown(() => group), error);
});

test("HF-ERR-19", "an error in the cleanup of what a timeout stopped is thrown, with the TimeoutError", async () => {
	const error = new Error("cleanup");
	same(await thrown(() => withTimeout(5, failingCleanup(error))), error);
	equal(suppressedErrors(error).length, 1);
	instance(suppressedErrors(error)[0], TimeoutError);
	const other = new Error("other cleanup");
	same(await thrown(() => moveOnAfter(5, failingCleanup(other))), other);
});

test(
	"HF-ERR-20",
	"an error in the cleanup of a loser of race: kept with the winner's error, reported beside a value",
	async () => {
		const [cleanupError, winner] = [new Error("cleanup"), new Error("winner")];
		same(await race([() => sleep(1), failingCleanup(cleanupError)]), undefined);
		equal(taken(), [["suppressed", cleanupError]]);
		const body: Body = async () =>
			await race([
				async () => {
					await sleep(1);
					throw winner;
				},
				failingCleanup(cleanupError),
			]);
		same(await thrown(body), winner);
		equal(suppressedErrors(winner), [cleanupError]);
	},
);

test("HF-ERR-21", "errors of calls of map that run at the same time are kept with the first", async () => {
	const errors = [new Error("one"), new Error("two"), new Error("three")];
	const body: Body = async () =>
		await map(
			errors,
			async (error) => {
				await sleep(1);
				throw error;
			},
			{ concurrency: 3 },
		);
	same(await thrown(body), errors[0]);
	equal(suppressedErrors(errors[0]), errors.slice(1));
});

test("HF-ERR-22", "retry throws the error of the last attempt, and keeps those of the others", async () => {
	const errors = [new Error("one"), new Error("two"), new Error("three")];
	let attempt = 0;
	const body: Body = async () =>
		await retry(
			async () => {
				throw errors[attempt++];
			},
			{ attempts: 3 },
		);
	same(await thrown(body), errors[2]);
	equal(suppressedErrors(errors[2]), errors.slice(0, 2));
});

test("HF-ERR-23", "an abort callback that throws is the error of that await", async () => {
	const error = new Error("abort");
	const body: Body = async () =>
		await moveOnAfter(5, () =>
			suspend<void>(() => () => {
				throw error;
			}),
		);
	same(await thrown(body), error);
});

test("HF-ERR-24", "several late rejections are reported, each once, with the task that had waited", async () => {
	const errors = [new Error("one"), new Error("two")];
	const rejects: ((error: unknown) => void)[] = [];
	await withTaskGroup(async (group) => {
		for (const _ of errors) {
			const foreign = new Promise<void>((_, it) => rejects.push(it));
			group.spawnWith({ name: "waiter" }, () => moveOnAfter(5, () => until(foreign)));
		}
	});
	for (const [index, reject] of rejects.entries()) reject(errors[index]);
	await sleep(1);
	await hostTurn();
	const late = reports();
	equal(
		late.map((it) => [it.kind, it.error]),
		errors.map((it) => ["late-rejection", it]),
	);
	for (const { path } of late) ok(/waiter/.test(path), `the path names the task: ${path}`);
});

/** What is written with console.error meanwhile: messages of errors, and text. */
function* printed(
	script: () => Generator<PromiseLike<unknown>, void, unknown>,
): Generator<PromiseLike<unknown>, string, unknown> {
	const { console } = globalThis as unknown as { console: { error(...values: unknown[]): void } };
	const { error } = console;
	const texts: string[] = [];
	console.error = (...values) =>
		void texts.push(values.map((it) => (it instanceof Error ? it.message : String(it))).join(" "));
	try {
		yield* script();
	} finally {
		console.error = error;
	}
	return texts.join("\n");
}

outside(
	"HF-ERR-25",
	"an onReport that throws: the report and its own error are printed, and the run goes on",
	function* () {
		const errors = [new Error("the primary"), new Error("the suppressed")];
		const onReport = (report: Report): void => {
			throw new Error(`the hook for ${(report.error as Error).message}`);
		};
		const text = yield* printed(function* () {
			same((yield* settled(virtual(failing(errors), { onReport }))).error, errors[0]);
		});
		for (const part of ["the suppressed", "the hook for the suppressed"])
			ok(text.includes(part), `${part} is printed: ${text}`);
	},
);

outside("HF-ERR-26", "an onReport that throws a primitive, or nothing, is told of as well", function* () {
	for (const hook of ["a text", undefined, null]) {
		const onReport = (): void => {
			throw hook;
		};
		const text = yield* printed(function* () {
			yield* settled(virtual(failing([new Error("one"), new Error("two")]), { onReport }));
		});
		ok(text.includes("two") && text.includes(String(hook)), `both are printed: ${text}`);
	}
});

outside("HF-ERR-27", "an instrument that throws at every call is reported once, with what it threw", function* () {
	for (const error of [new Error("instrument"), "text", undefined]) {
		const fail = (): void => {
			throw error;
		};
		const instrument: Instrument = { taskStarted: fail, beforeStep: fail, taskEnded: fail, runEnded: fail };
		same(
			yield* value(
				virtual(() => "value", {
					instruments: [instrument],
				}),
			),
			"value",
		);
		equal(taken(), [["instrument", error]]);
	}
});

outside("HF-ERR-28", "an error in a cleanup region that the grace has cut comes out", function* () {
	const error = new Error("cut");
	const main: Body = async () => {
		await moveOnAfter(1, async () => {
			try {
				await sleepForever();
			} finally {
				await cleanup(async () => {
					try {
						await sleepForever();
					} finally {
						// biome-ignore lint/correctness/noUnsafeFinally: the case is about an error of the cleanup.
						throw error;
					}
				});
			}
		});
	};
	same((yield* settled(virtual(main, { grace: 10 }))).error, error);
});

outside("HF-ERR-29", "the same error from two places counts once, also when it suppresses itself", function* () {
	const error = new Error("shared");
	const { error: out } = yield* settled(virtual(failing([error, error, error])));
	same(out, error);
	equal(suppressedErrors(error), []);
	equal(taken(), []);
});

outside(
	"HF-ERR-30",
	"what suppressed errors suppress themselves stays with them, and is printed by default",
	function* () {
		const [first, second, third] = ["first", "second", "third"].map((it) => new Error(it));
		const main: Body = async () => {
			await withTaskGroup(async (group) => {
				group.spawn(async () => {
					await sleep(1);
					throw first;
				});
				group.spawn(async () => {
					try {
						await sleepForever();
					} finally {
						await cleanup(failing([second, third]));
					}
				});
			});
		};
		const text = yield* printed(function* () {
			same((yield* settled(run(main as () => PromiseLike<unknown>, { loop: new VirtualLoop() }))).error, first);
		});
		equal(suppressedErrors(first), [second]);
		equal(suppressedErrors(second), [third]);
		for (const part of ["second", "third"]) ok(text.includes(part), `${part} is printed: ${text}`);
	},
);

test(
	"HF-ERR-31",
	"a failure that a waiter has seen is the group's all the same; a cancellation is nobody's",
	async () => {
		const error = new Error("task");
		let seenByWaiter: unknown;
		await withTaskGroup(async (waiters) => {
			const group = withTaskGroup(async (group) => {
				const task = group.spawn(async () => {
					await sleep(1);
					throw error;
				});
				waiters.spawn(async () => {
					seenByWaiter = await thrown(() => task);
				});
			});
			same(await thrown(() => group), error);
		});
		same(seenByWaiter, error);
		await withTaskGroup(async (group) => {
			const task = group.spawn(() => sleepForever());
			task.cancel();
			instance(await thrown(() => task), TaskCancelledError);
		});
	},
);
