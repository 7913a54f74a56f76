import { expect, test } from "vitest";
import { compile } from "../test/compile.ts";
import { quietly, rejectionOf, thrownBy, virtually } from "../test/virtually.ts";
import { ContextVar } from "./context-var.ts";
import { type Coroutine, coroutine } from "./coroutine.ts";
import { currentLibrary, type SteppingLibrary, stepAs } from "./current-library.ts";
import { BareCallError, ForeignRunnerError } from "./errors.ts";
import { withTaskGroup } from "./group.ts";
import { run } from "./run.ts";
import { runSync } from "./run-sync.ts";
import type { BareCall } from "./runner.ts";
import { moveOnAfter } from "./scopes.ts";
import { checkpoint, now, sleep } from "./sleep.ts";
import { until } from "./suspend.ts";

test("tells a run from a synchronous run, and knows of none outside", async () => {
	expect(currentLibrary()).toBeUndefined();
	expect(await virtually(() => currentLibrary())).toBe("holdfast");
	expect(
		await virtually(function* () {
			yield* sleep(1);
			return currentLibrary();
		}),
	).toBe("holdfast");
	expect(runSync(() => currentLibrary())).toBe("holdfast/sync");
	expect(await virtually(() => [currentLibrary(), runSync(() => currentLibrary()), currentLibrary()])).toEqual([
		"holdfast",
		"holdfast/sync",
		"holdfast",
	]);
	expect(currentLibrary()).toBeUndefined();
});

test("a call outside of every run is run by nobody but the host", async () => {
	const main = compile("async function main() { await sleep(0); return currentLibrary(); }");
	expect(await main()).toBeUndefined();
});

test("a step has its library's name, also inside of a run, and inside of other steps; throwing ends it", async () => {
	expect(stepAs({ name: "machine" }, () => currentLibrary())).toBe("machine");
	expect(await virtually(() => stepAs({ name: "machine" }, () => currentLibrary()))).toBe("machine");
	const names = stepAs({ name: "outer" }, () => [
		stepAs({ name: "inner" }, () => currentLibrary()),
		runSync(() => currentLibrary()),
		currentLibrary(),
	]);
	expect(names).toEqual(["inner", "holdfast/sync", "outer"]);
	const fail = (): never => {
		throw new Error("failed");
	};
	expect(thrownBy(() => stepAs({ name: "machine" }, fail))).toHaveProperty("message", "failed");
	expect(currentLibrary()).toBeUndefined();
});

test("code in a step acts for the task around it: its context, its owner", async () => {
	const user = new ContextVar<string>("user");
	const log: string[] = [];
	await virtually(function* () {
		user.set("Ada");
		yield* withTaskGroup(function* () {
			yield* moveOnAfter(5, function* () {
				stepAs({ name: "machine" }, () => {
					log.push(user.get());
					// What it starts belongs to the scope, which waits for it, and cancels it.
					run(function* () {
						try {
							yield* sleep(100);
						} finally {
							log.push(`run ended at ${now()}`);
						}
					}).catch(() => {});
					coroutine(function* () {
						yield* sleep(3);
						log.push(`slept until ${now()}`);
					})().then();
				});
				yield* sleep(10);
			});
			log.push(`scope ended at ${now()}`);
		});
	});
	expect(log).toEqual(["Ada", "slept until 3", "run ended at 5", "scope ended at 5"]);
});

test("yield* of a coroutine in a generator that a known runner steps is refused, and the error names both", async () => {
	const body = function* (): Generator<never, string, unknown> {
		yield* sleep(1);
		return "slept";
	};
	const outside = thrownBy(() => stepAs({ name: "machine" }, () => body().next()));
	expect(outside).toBeInstanceOf(ForeignRunnerError);
	expect((outside as Error).message).toMatch(/Holdfast's.* stepped by machine, which/);
	const inside = await rejectionOf(
		run(() => stepAs({ name: "machine" }, () => body().next()).value, { ...quietly, name: "server" }),
	);
	expect(inside).toBeInstanceOf(ForeignRunnerError);
	expect((inside as Error).message).toMatch(/stepped by machine inside of the run server/);
});

test("what another runner cannot await is refused once: it is not said to be never awaited besides", async () => {
	const reports: unknown[] = [];
	await run(
		function* () {
			const steps = (function* () {
				yield* sleep(1);
			})();
			expect(thrownBy(() => stepAs({ name: "machine" }, () => steps.next()))).toBeInstanceOf(ForeignRunnerError);
			yield* checkpoint();
		},
		{ onReport: ({ error }) => reports.push(error) },
	);
	expect(reports).toEqual([]);
});

/** An ad-hoc runner: a state machine that goes on with each event, and stops when its generator waits for another. */
class Machine {
	readonly log: string[] = [];
	readonly #library: SteppingLibrary;
	readonly #generator: Generator<string | PromiseLike<unknown>, unknown, unknown>;
	#wanted: string | undefined;
	#reached: (() => void) | undefined;

	constructor(
		body: () => Generator<string | PromiseLike<unknown>, unknown, unknown>,
		bareCalls?: (call: BareCall) => unknown,
	) {
		this.#library = bareCalls === undefined ? { name: "machine" } : { name: "machine", bareCalls };
		this.#generator = body();
		this.#step(undefined);
	}

	dispatch(event: string): void {
		if (event === this.#wanted) this.#step(event);
	}

	/** Waits until it waits for an event. */
	waits(): Promise<void> {
		return new Promise((resolve) => {
			this.#reached = resolve;
			if (this.#wanted !== undefined) resolve();
		});
	}

	#step(input: unknown): void {
		this.#wanted = undefined;
		const { done, value } = stepAs(this.#library, () => this.#generator.next(input));
		if (done) this.log.push(`ended with ${String(value)}`);
		else if (typeof value === "string") {
			this.#wanted = value;
			this.#reached?.();
		} else value.then((result) => this.#step(result));
	}
}

const work = (log: unknown[]) =>
	compile<(x: number) => Promise<number>>(
		"async function main(x) { log.push('began ' + x); await sleep(x); return x * 2; }",
		{
			log,
		},
	);

test("an ad-hoc runner has a hook of its own: its calls are descriptions, which it may begin or drop", async () => {
	const log: unknown[] = [];
	const double = work(log);
	const calls: string[] = [];
	let ended: (value: unknown) => void;
	const end = new Promise((resolve) => {
		ended = resolve;
	});
	const machine = new Machine(
		function* () {
			yield "start";
			const first = double(1);
			double(7); // described, and dropped
			log.push("described");
			const value = yield first;
			yield "stop";
			ended(value);
			return value;
		},
		(call) => {
			calls.push(`${call.owner} calls ${call.name}`);
			return call.coroutine;
		},
	);
	machine.dispatch("stop");
	expect(calls).toEqual([]);
	machine.dispatch("start");
	await machine.waits();
	machine.dispatch("stop");
	expect(machine.log).toEqual(["ended with 2"]);
	expect(await end).toBe(2);
	expect(log).toEqual(["described", "began 1"]);
	expect(calls).toEqual(["machine calls main", "machine calls main"]);
});

test("inside of a run the machine's hook holds for its steps alone; the run keeps its own", async () => {
	const log: unknown[] = [];
	const double = work(log);
	const seen: string[] = [];
	const hook =
		(who: string) =>
		({ coroutine }: BareCall): unknown => {
			seen.push(who);
			return coroutine;
		};
	const [first, second, third] = await virtually(
		function* () {
			const a = double(1);
			const b = stepAs({ name: "machine", bareCalls: hook("machine") }, () => double(2));
			const c = double(3);
			return [yield* until(a), yield* until(b), yield* until(c)];
		},
		{ bareCalls: hook("run") },
	);
	expect([first, second, third]).toEqual([2, 4, 6]);
	expect(seen).toEqual(["run", "machine", "run"]);
});

test("without a hook a call in a step is a task of the owner around it; with forbid an error that names the machine", async () => {
	const log: unknown[] = [];
	const double = work(log);
	await virtually(function* () {
		yield* withTaskGroup(() => {
			stepAs({ name: "machine" }, () => void double(5));
		});
		log.push(now());
	});
	expect(log).toEqual(["began 5", 5]);
	const error = thrownBy(() => stepAs({ name: "machine", bareCalls: "forbid" }, () => double(1)));
	expect(error).toBeInstanceOf(BareCallError);
	expect((error as Error).message).toMatch(/code of machine/);
});

test("a hook may describe a call several times; what it never looks at is not reported as never awaited", async () => {
	const log: unknown[] = [];
	const double = work(log);
	const reports: unknown[] = [];
	await virtually(
		function* () {
			const again = double(2) as unknown as () => Coroutine<number>;
			log.push(yield* again());
			log.push(yield* again());
		},
		{ bareCalls: ({ again }) => again, onReport: (report) => reports.push(report) },
	);
	expect(log).toEqual(["began 2", 4, "began 2", 4]);
	expect(reports).toEqual([]);
});

test("wrong arguments are named", () => {
	expect(() => stepAs({ name: "" }, () => 1)).toThrow(/the name is ""/);
	expect(() => stepAs({ name: "machine", bareCalls: "never" as never }, () => 1)).toThrow(/bareCalls is "never"/);
	expect(() => stepAs({ name: "machine", hook: 1 } as never, () => 1)).toThrow(/unknown option/);
	expect(() => stepAs({ name: "machine" }, 7 as never)).toThrow(/the step is 7/);
});

test("made under one run and awaited under another: it runs where it is awaited", async () => {
	const user = new ContextVar<string>("user");
	const who = coroutine(function* () {
		yield* sleep(5);
		return user.get();
	});
	const made = (): Coroutine<string> => who();
	let described: Coroutine<string> | undefined;
	const first = virtually(function* () {
		user.set("of A");
		described = made();
		yield* sleep(1);
	});
	const second = await virtually(function* () {
		user.set("of B");
		return yield* described as Coroutine<string>;
	});
	await first;
	expect(second).toBe("of B");
});

test("what a hook describes belongs to the owner of the call, however late its promise is asked for", async () => {
	const log: unknown[] = [];
	const double = work(log);
	const later: (() => PromiseLike<unknown>)[] = [];
	await run(
		function* () {
			yield* withTaskGroup(function* () {
				double(10);
				// By code that nobody runs: the group is open all the while.
				yield* until(
					new Promise<void>((begun) =>
						setTimeout(() => {
							later
								.shift()?.()
								.then(() => log.push("told"));
							begun();
						}, 0),
					),
				);
			});
			log.push("group ended");
		},
		{ bareCalls: ({ again }) => void later.push(again) },
	);
	expect(log.filter((line) => line !== "told")).toEqual(["began 10", "group ended"]);
	expect(log).toContain("told");
});
