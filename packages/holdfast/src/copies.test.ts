import { expect, test, vi } from "vitest";
import { compile } from "../test/compile.ts";
import { quietly, virtually } from "../test/virtually.ts";
import type { Awaitable } from "./coroutine.ts";
import { ForeignRunnerError } from "./errors.ts";
import { withTaskGroup } from "./group.ts";
import { suppressedErrors } from "./kernel/suppressed.ts";
import { moveOnAfter, onExit } from "./scopes.ts";
import { now, sleep } from "./sleep.ts";
import { until } from "./suspend.ts";

// Two copies of the library in one process, as two packages that depend on different patch versions bring them.
// What one does with the coroutines and scopes of the other is bridged, or refused by an error that says so.
vi.resetModules();
const other = await import("./index.ts");

test("the copies are two", () => {
	expect(other.sleep).not.toBe(sleep);
});

const mixtures: Record<string, { main: () => Awaitable<unknown>; expected: unknown }> = {
	"yield* of the other copy's coroutine": {
		*main() {
			yield* other.sleep(5);
			return now();
		},
		expected: 5,
	},
	"a compiled await of the other copy's coroutine": {
		main: compile("async function main() { await other.sleep(5); return now(); }", { other }),
		expected: 5,
	},
	"until() of the other copy's coroutine": {
		*main() {
			yield* until(other.sleep(5));
			return "waited";
		},
		expected: "waited",
	},
	"a scope of the other copy": {
		*main() {
			yield* other.moveOnAfter(5, () => sleep(100));
			return now();
		},
		expected: 5,
	},
	"a group of the other copy": {
		main: () => other.withTaskGroup((group) => group.spawn(() => sleep(5).then(() => "spawned"))),
		expected: "spawned",
	},
	"a coroutine of the other copy in a group of this one, cancelled": {
		*main() {
			yield* moveOnAfter(5, () => withTaskGroup((group) => void group.spawn(() => other.sleep(50))));
			return now();
		},
		expected: 5,
	},
	"a run of the other copy inside a run": {
		main: () => until(other.run(() => sleep(5).then(() => "value"))),
		expected: "value",
	},
	"a context variable of the other copy": {
		*main() {
			const variable = new other.ContextVar<string>("variable");
			variable.set("value");
			yield* sleep(1);
			return variable.get();
		},
		expected: "value",
	},
};

const { kernel: runtime } = await import("./compiled.ts");
/** A main of the other copy's compiled code. */
const compiledByOther = (source: string, scope: Record<string, unknown> = {}) =>
	compile(source, { ...other, ...scope }, { runtime });

test("compiled code of the other copy cannot catch the cancellation of this one; its finally runs", async () => {
	const log: unknown[] = [];
	const work = compiledByOther(
		`async function main() {
			try {
				try { await sleep(100); log.push("went on"); }
				catch (error) { log.push("caught"); }
				finally { await sleep(1); log.push("cleaned"); }
				log.push("after");
			} catch { log.push("caught outside"); }
		}`,
		{ log },
	);
	const main = compile("async function main() { await moveOnAfter(5, work); log.push(now()); }", { work, log });
	await virtually(main);
	expect(log).toEqual(["cleaned", 6]);
});

test("a structured function of the other copy owns its tasks in a run of this one", async () => {
	const log: unknown[] = [];
	const work = compiledByOther(
		`async function background(name) { try { await sleep(50); log.push(name); } finally { log.push("end of " + name); } }
		async function inner() { background("inner"); await sleep(1); }
		async function main() { background("outer"); await inner(); log.push("inner ended at " + now()); }`,
		{ log },
	);
	const main = compile(
		"async function main() { await work(); log.push(now()); await moveOnAfter(5, work); log.push(now()); }",
		{
			work,
			log,
		},
	);
	await virtually(main);
	const ends = [
		"outer",
		"end of outer",
		"inner",
		"end of inner",
		"inner ended at 50",
		50,
		"end of outer",
		"end of inner",
	];
	expect(log).toEqual([...ends, 55]);
});

test("what one copy starts or leaves to onExit inside a structured function of the other belongs to that function", async () => {
	const log: unknown[] = [];
	const helpers = {
		begin: () => void sleep(5).then(() => log.push("slept")),
		leave: () => onExit(() => void log.push("exit")),
	};
	const work = compiledByOther("async function main() { leave(); begin(); await sleep(1); }", { log, ...helpers });
	const main = compile("async function main() { await work(); log.push(now()); }", { work, log });
	await virtually(main);
	// The promise of the sleep tells its callback a little later.
	expect(log.slice(0, 2)).toEqual(["exit", 5]);
});

test("tasks and groups of the two copies hold each other", async () => {
	const log: unknown[] = [];
	const work = compiledByOther(
		`async function main(group) {
			await using mine = openTaskGroup();
			mine.spawn(async () => { try { await sleep(100); } finally { log.push("mine"); } });
			group.spawn(async () => { try { await sleep(100); } finally { log.push("theirs"); } });
			for await (const tick of ticks()) if (tick === 2) throw new Error("boom");
		}
		async function* ticks() { try { for (let tick = 0; ; tick++) { await sleep(1); yield tick; } } finally { log.push("closed"); } }`,
		{ log },
	) as unknown as (group: unknown) => Promise<void>;
	const main = compile(
		`async function main() {
			try { await withTaskGroup(async (group) => { await work(group); }); }
			catch (error) { log.push(error.message, now()); }
		}`,
		{ work, log },
	);
	await virtually(main);
	expect(log).toEqual(["closed", "mine", "theirs", "boom", 3]);
});

test.each(Object.entries(mixtures))("%s works, or is refused by name", async (_name, { main, expected }) => {
	let outcome: unknown;
	try {
		outcome = await virtually(main);
	} catch (error) {
		expect(error).toMatchObject({ code: new ForeignRunnerError("").code });
		return;
	}
	expect(outcome).toBe(expected);
});

test("suppressed errors are the same for both copies", async () => {
	const [first, second] = [new Error("first"), new Error("second")];
	await virtually(
		() =>
			withTaskGroup((group) => {
				group.spawn(() => {
					throw first;
				});
				group.spawn(() => {
					throw second;
				});
			}),
		quietly,
	).catch(() => {});
	expect(suppressedErrors(first)).toEqual([second]);
	expect(other.suppressedErrors(first)).toEqual([second]);
});
