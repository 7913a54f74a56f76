import { expect, test } from "vitest";
import { logOf } from "../test/compile.ts";
import { hostTurn, rejectionOf, thrownBy, virtually } from "../test/virtually.ts";
import { coroutine } from "./coroutine.ts";
import { CoroutineReusedError, ScopeMisuseError } from "./errors.ts";
import { withTaskGroup } from "./group.ts";
import { Cancelled } from "./kernel/cancelled.ts";
import { suppressedErrors } from "./kernel/suppressed.ts";
import { resource } from "./resource.ts";
import type { Report } from "./runner.ts";
import { cleanup, moveOnAfter, onExit, withCancelScope, withTimeout } from "./scopes.ts";
import { now, sleep, sleepForever } from "./sleep.ts";

/** Takes 2 ms to acquire and 3 ms to release. */
const open = (log: string[], name = "a") =>
	resource(
		function* () {
			yield* sleep(2);
			log.push(`${name} acquired at ${now()}`);
			return name;
		},
		function* (value) {
			yield* sleep(3);
			log.push(`${value} released at ${now()}`);
		},
	);

const errorOf = coroutine(function* (call: () => unknown) {
	try {
		yield* call() as Generator<never, unknown, unknown>;
	} catch (error) {
		return error;
	}
	return "no error";
});

test("awaited: it is released at the end of the scope, latest first, between what onExit was given", async () => {
	const log: string[] = [];
	await virtually(function* () {
		yield* withCancelScope(function* () {
			onExit(() => void log.push("first exit"));
			expect(yield* open(log, "a")).toBe("a");
			expect(yield* open(log, "b")).toBe("b");
			onExit(() => void log.push("last exit"));
			log.push("body ends");
		});
		log.push("after the scope");
	});
	expect(log).toEqual([
		"a acquired at 2",
		"b acquired at 4",
		"body ends",
		"last exit",
		"b released at 7",
		"a released at 10",
		"first exit",
		"after the scope",
	]);
});

test("the tasks of the scope have ended before it is released", async () => {
	const log: string[] = [];
	await virtually(function* () {
		yield* withTaskGroup(function* (group) {
			yield* open(log);
			group.spawn(function* () {
				yield* sleep(10);
				log.push(`task ended at ${now()}`);
			});
		});
		yield* open(log, "b").with(function* (value) {
			expect(value).toBe("b");
			log.push("in the body");
			yield* sleep(1);
		});
		log.push("after the body");
	});
	expect(log).toEqual([
		"a acquired at 2",
		"task ended at 12",
		"a released at 15",
		"b acquired at 17",
		"in the body",
		"b released at 21",
		"after the body",
	]);
});

test("it is released on every path: an error, a cancellation; as cleanup", async () => {
	const log: string[] = [];
	const error = new Error("x");
	await virtually(function* () {
		expect(
			yield* errorOf(() =>
				open(log).with(() => {
					throw error;
				}),
			),
		).toBe(error);
		yield* moveOnAfter(10, function* () {
			yield* open(log, "b");
			yield* sleepForever();
		});
		yield* moveOnAfter(10, () => open(log, "c").with(sleepForever));
	});
	expect(log.filter((line) => line.includes("released"))).toEqual([
		"a released at 5",
		"b released at 18",
		"c released at 31",
	]);
});

test("an error of release wins over a cancellation and is kept beside another error", async () => {
	const problem = new Error("release");
	const error = new Error("body");
	const broken = () =>
		resource(
			() => 1,
			() => {
				throw problem;
			},
		);
	await virtually(function* () {
		expect(yield* errorOf(() => broken().with(() => 1))).toBe(problem);
		expect(yield* errorOf(() => moveOnAfter(1, () => broken().with(sleepForever)))).toBe(problem);
		const thrown = yield* errorOf(() =>
			broken().with(() => {
				throw error;
			}),
		);
		expect(thrown).toBe(error);
		expect(suppressedErrors(thrown)).toEqual([problem]);
	});
});

test("acquire that is cancelled half way cleans up after itself, and nothing is released", async () => {
	const log: string[] = [];
	await virtually(function* () {
		yield* moveOnAfter(1, () =>
			resource(
				function* () {
					try {
						yield* sleepForever();
					} finally {
						yield* cleanup(() => sleep(1));
						log.push("cleaned up");
					}
				},
				() => expect.unreachable(),
			),
		);
		expect(
			yield* errorOf(() =>
				resource(
					() => Promise.reject(new Error("no")),
					() => expect.unreachable(),
				),
			),
		).toBeInstanceOf(Error);
		yield* withCancelScope(function* (scope) {
			scope.cancel();
			yield* resource(
				() => expect.unreachable(),
				() => expect.unreachable(),
			);
		});
	});
	expect(log).toEqual(["cleaned up"]);
});

test("acquired and cancelled in the same tick: it is released", async () => {
	const log: string[] = [];
	await virtually(function* () {
		yield* withTaskGroup(function* (group) {
			const task = group.spawn(() => open(log).with(sleepForever));
			yield* sleep(2);
			task.cancel();
		});
	});
	expect(log).toEqual(["a acquired at 2", "a released at 5"]);
	const lines: string[] = [];
	await virtually(function* () {
		yield* withTaskGroup(function* (group) {
			const task = group.spawn(function* () {
				yield* resource(
					function* () {
						yield* sleep(1);
						task.cancel();
						return 1;
					},
					() => void lines.push("released"),
				);
				lines.push("no wait since");
				yield* sleep(1);
				lines.push("not cancelled");
			});
		});
	});
	expect(lines).toEqual(["no wait since", "released"]);
});

test("a promise of foreign code is not let go of: what it brings is released, also when the grace is over", async () => {
	const log: string[] = [];
	const reports: Report[] = [];
	let late: (value: string) => void = () => {};
	await virtually(
		function* () {
			let connected: (value: string) => void = () => {};
			const slow = () =>
				new Promise<string>((resolve) => {
					connected = resolve;
				});
			const error = yield* withTaskGroup(function* (group) {
				// After the timeout.
				group.spawn(function* () {
					yield* sleep(2);
					connected("connection");
				});
				return yield* errorOf(() =>
					withTimeout(1, () =>
						resource(slow, (value) => void log.push(`released ${value}`)).with(function* () {
							yield* sleep(0);
							expect.unreachable();
						}),
					),
				);
			});
			expect((error as Error).name).toBe("TimeoutError");
			const cut = new Promise<string>((resolve) => {
				late = resolve;
			});
			yield* withCancelScope({ timeout: 1, grace: 0 }, () =>
				resource(
					() => cut,
					function* (value) {
						yield* sleep(0);
						log.push(`released ${value}`);
					},
				),
			);
		},
		{ grace: Number.POSITIVE_INFINITY, onReport: (report) => reports.push(report) },
	);
	expect(log).toEqual(["released connection"]);
	late("late one");
	for (let turn = 0; turn < 5; turn++) await hostTurn();
	expect(log).toEqual(["released connection", "released late one"]);
	expect(reports).toEqual([]);
});

test("held: it is released by hand or by the end of the scope, once", async () => {
	const log: string[] = [];
	await virtually(function* () {
		yield* withCancelScope(function* () {
			const early = yield* open(log, "early").hold();
			yield* open(log, "late").hold();
			expect(early.value).toBe("early");
			yield* early.release();
			yield* early.release();
			log.push("body ends");
		});
	});
	expect(log.slice(2)).toEqual(["early released at 7", "body ends", "late released at 10"]);
});

test("held by await using in native code, in a run and outside", async () => {
	const log: string[] = [];
	const main = async () => {
		await using held = await resource(
			() => "value",
			(value) => void log.push(`released ${value}`),
		).hold();
		log.push(held.value);
	};
	await virtually(main, { onReport: () => {} });
	await main();
	expect(log).toEqual(["value", "released value", "value", "released value"]);
});

test("native code: the function that awaits it is its owner", async () => {
	const log: string[] = [];
	await virtually(
		async () => {
			log.push(await open(log));
			await sleep(1);
			log.push("main ends");
		},
		{ onReport: () => {} },
	);
	expect(log).toEqual(["a acquired at 2", "a", "main ends", "a released at 6"]);
});

test("it is one call, and needs a scope that ends", async () => {
	const make = () =>
		resource(
			() => 1,
			() => {},
		);
	expect(await rejectionOf(make())).toBeInstanceOf(ScopeMisuseError);
	expect(await make().with((value) => value + 1)).toBe(2);
	await virtually(function* () {
		const once = make();
		yield* once;
		expect(thrownBy(() => once.with(() => {}))).toBeInstanceOf(CoroutineReusedError);
		expect(thrownBy(() => once.hold())).toBeInstanceOf(CoroutineReusedError);
		const used = make();
		yield* used.with(() => {});
		expect(yield* errorOf(() => used)).toBeInstanceOf(CoroutineReusedError);
	});
	expect(thrownBy(() => resource(1 as never, () => {}))).toBeInstanceOf(TypeError);
	expect(thrownBy(() => resource(() => 1, undefined as never))).toBeInstanceOf(TypeError);
	expect(thrownBy(() => make().with(1 as never))).toBeInstanceOf(TypeError);
});

test("an acquire that swallows its cancellation counts as cancelled", async () => {
	await virtually(function* () {
		const result = yield* moveOnAfter(1, () =>
			resource(
				function* () {
					try {
						yield* sleepForever();
					} catch (error) {
						expect(error).toBeInstanceOf(Cancelled);
					}
					return "swallowed";
				},
				() => expect.unreachable(),
			),
		);
		expect(result).toBeUndefined();
	});
});

test.each(["open", "() => open()", "async () => await open()"])(
	"acquiring by compiled code is stopped with its scope, and shares its context: resource(%s, …)",
	async (acquire) => {
		const log = await logOf(`
			const user = new ContextVar("user", { default: "nobody" });
			async function open() {
				user.set("Ada");
				try { await sleep(5); return "opened"; } finally { await sleep(2); log("open is over at", now()); }
			}
			const make = () => resource(${acquire}, () => log("released"));
			async function main() {
				log("stopped", await moveOnAfter(2, () => make().with((value) => value)), now());
				log("stopped", await moveOnAfter(2, async () => { await using held = await make().hold(); }), now());
				log(await make().with((value) => value), user.get());
			}`);
		expect(log).toEqual([
			"open is over at 4",
			"stopped undefined 4",
			"open is over at 8",
			"stopped undefined 8",
			"open is over at 15",
			"released",
			"opened Ada",
		]);
	},
);

test("what was acquired before started() is released when it is asked for, not when the group ends", async () => {
	const log: string[] = [];
	await virtually(function* () {
		yield* withTaskGroup(function* (group) {
			yield* group.start<void, [], void>(function* (started) {
				const held = yield* resource(
					() => "it",
					() => log.push(`released at ${now()}`),
				).hold();
				started();
				yield* sleep(1);
				yield* held.release();
				yield* held.release();
			});
			yield* sleep(5);
		});
	});
	expect(log).toEqual(["released at 1"]);
});
