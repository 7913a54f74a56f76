import { expect, test } from "vitest";
import { compile } from "../../test/compile.ts";
import { coroutine, Event, sleep, type TaskGroup, until, withTaskGroup } from "../index.ts";
import { VirtualLoop } from "../loops/virtual.ts";
import { type RunOptions, run } from "../run.ts";

/** What a program fails with. */
async function failureOf(main: () => unknown, options: RunOptions = {}): Promise<unknown> {
	try {
		await run(main as () => Promise<unknown>, { loop: new VirtualLoop(), ...options });
	} catch (error) {
		return error;
	}
	throw new Error("The program has not failed.");
}

/** The awaiting lines of the stack of what a compiled program fails with. */
async function pathOf(source: string, scope: Record<string, unknown> = {}, structure?: "scope"): Promise<string[]> {
	const main = compile(source, scope, structure && { structure });
	return awaiting(await failureOf(main));
}

function awaiting(error: unknown): string[] {
	return String((error as Error).stack)
		.split("\n")
		.filter((line) => /^ {4}(?:at async |\.\.\.)/.test(line) && !line.includes("/node_modules/"))
		.map((line) => line.slice(4));
}

test("every frame that awaits is on the stack, by name, line and column of the source", async () => {
	const path = await pathOf(`
async function leaf() { await sleep(1); throw new Error("no"); }
class Middle { async go() { return 1 + await leaf(); } }
const outer = async () => {
	const it = await new Middle().go();
	return it;
};
async function main() { try { await outer(); } finally { await sleep(1); } }`);
	expect(path).toEqual([
		"at async go (program.cjs:4:40)",
		"at async outer (program.cjs:6:13)",
		"at async main (program.cjs:9:31)",
	]);
});

test("of generator bodies just as of plain ones", async () => {
	const source = `
async function leaf() { await sleep(1); throw new Error("no"); }
async function middle(...args) { return await leaf(...arguments); }
async function main() { await middle(); await 0; }`;
	expect(await pathOf(source)).toEqual(["at async middle (program.cjs:4:41)", "at async main (program.cjs:5:25)"]);
});

test("no line of the runtime, and none of what the compiler has made for it", async () => {
	const main = compile(`
function parse() { throw new Error("no"); }
async function leaf() { await sleep(1); parse(); }
async function middle() { await leaf(); return 1; }
async function start() { await sleep(1); const p = middle(); await p; }
async function main() { await start(); return 1; }`);
	const { stack } = (await failureOf(main)) as Error;
	expect(stack?.split("\n").map((line) => line.replace(/ \(eval .*/, ""))).toEqual([
		"Error: no",
		"    at parse",
		"    at leaf",
		"    at async middle (program.cjs:5:27)",
		"    at async start (program.cjs:6:62)",
		"    at async main (program.cjs:7:25)",
	]);
});

test("a call that began on the native stack of its caller has the caller's lines from the engine", async () => {
	const main = compile(`
async function leaf() { throw new Error("no"); }
async function middle() { await sleep(1); const p = leaf(); await p; }
async function main() { await middle(); return 1; }`);
	const { stack } = (await failureOf(main)) as Error;
	expect(stack?.split("\n").map((line) => line.replace(/ \(eval .*/, ""))).toEqual([
		"Error: no",
		"    at leaf",
		"    at middle",
		"    at async main (program.cjs:5:25)",
	]);
});

test("what the runtime throws shows the await where it was thrown", async () => {
	expect(
		await pathOf(`
async function main() {
	await inner();
	return 1;
}
async function inner() {
	await withTimeout(5, async () => { await sleep(10); });
	return 1;
}`),
	).toEqual(["at async inner (program.cjs:8:2)", "at async main (program.cjs:4:2)"]);
	expect(
		await pathOf(`
async function main() {
	await withTaskGroup(async (group) => {
		const task = group.spawn(sleep, 10);
		task.cancel();
		await task;
	});
}`),
	).toEqual(["at async program.cjs:7:3", "at async main (program.cjs:4:2)"]);
});

test("errors that nobody has thrown show where the program is", async () => {
	expect(
		await pathOf(`
async function main() { await inner(); return 1; }
async function inner() { await sleepForever(); return 1; }`),
	).toEqual(["at async inner (program.cjs:4:26)", "at async main (program.cjs:3:25)"]);
	const reports: unknown[] = [];
	const main = compile(`
async function main() { await inner(); return 1; }
async function inner() { await sleep(1); sleep(2); return 1; }`);
	await run(main, { loop: new VirtualLoop(), onReport: ({ error }) => reports.push(error) });
	expect(reports.map((error) => String(error).replace(/:.*/s, ""))).toEqual(["NeverAwaitedError"]);
	expect((reports[0] as Error).stack).not.toMatch(/packages\/holdfast\/src\/(?!.*\.test)/);
});

test("a call that is forbidden shows where it stands", async () => {
	const main = compile(`
async function leaf() {}
async function inner() { await sleep(1); leaf(); }
async function main() { await inner(); return 1; }`);
	const { stack } = (await failureOf(main, { bareCalls: "forbid" })) as Error;
	const lines = (stack ?? "").split("\n").slice(1);
	expect(lines[0]).toMatch(/^ {4}at inner /);
	expect(lines.slice(1)).toEqual(["    at async main (program.cjs:5:25)"]);
});

test("a rejection of foreign code shows who waited for it", async () => {
	const fetch = (): Promise<never> => Promise.reject(new Error("no"));
	expect(
		await pathOf("async function main() { await get(); } async function get() { await fetch(); return 1; }", { fetch }),
	).toEqual(["at async get (program.cjs:2:63)", "at async main (program.cjs:2:25)"]);
});

test("the path is that of the first throw; an error that is thrown again keeps it", async () => {
	const path = await pathOf(`
async function main() { try { await first(); } catch (error) { await second(error); } }
async function first() { await sleep(1); throw new Error("no"); }
async function second(error) { await sleep(1); throw error; }`);
	expect(path).toEqual(["at async main (program.cjs:3:31)"]);
});

test("a task that was started by a bare call shows where its spawner is", async () => {
	const source = `
async function leaf() { await sleep(1); throw new Error("no"); }
async function main() {
	const all = [leaf()];
	await Promise.all(all);
}`;
	expect(await pathOf(source)).toEqual(["at async main (program.cjs:6:2)"]);
	expect(await pathOf(source, {}, "scope")).toEqual(["at async main (program.cjs:6:2)"]);
});

test("a spawned task shows where it was spawned, then the frames of its group and of whoever waits for that", async () => {
	const source = `
async function leaf(n) { await sleep(n); throw new Error("no"); }
async function main() { await both(); return 1; }
async function both() {
	await withTaskGroup(async (group) => {
		group.spawn(leaf, 20);
		await sleep(1);
		group.WHICH;
		await sleep(100);
	});
	return 1;
}`;
	const rest = ["at async both (program.cjs:6:2)", "at async main (program.cjs:4:25)"];
	for (const [which, line] of [
		["spawn(leaf, 2)", "at async spawn leaf (program.cjs:9:9)"],
		['spawnWith({ name: "worker" }, leaf, 2)', "at async spawn worker (program.cjs:9:9)"],
		["spawn(leaf, 30)", "at async spawn leaf (program.cjs:7:9)"],
		["spawn(() => leaf(2))", "at async spawn (program.cjs:9:9)"],
	] as const) {
		const path = await pathOf(source.replace("WHICH", which));
		expect(path.slice(-3), which).toEqual([line, ...rest]);
	}
});

test("a task that spawned tasks of its own stands between", async () => {
	const path = await pathOf(`
async function leaf() { await sleep(1); throw new Error("no"); }
async function middle() { await withTaskGroup(async (group) => { group.spawn(leaf); await sleep(9); }); return 1; }
async function main() { await withTaskGroup(async (group) => { group.spawn(middle); await sleep(9); }); return 1; }`);
	expect(path).toEqual([
		"at async spawn leaf (program.cjs:4:72)",
		"at async middle (program.cjs:4:27)",
		"at async spawn middle (program.cjs:5:70)",
		"at async main (program.cjs:5:25)",
	]);
});

test("a function that is spawned by uncompiled code has no place, even if it had one before", async () => {
	const path = await pathOf(
		`
async function leaf(n) { await sleep(n); throw new Error("no"); }
async function main() {
	await withTaskGroup(async (group) => {
		group.spawn(leaf, 50);
		spawn(group, leaf, 1);
		await sleep(100);
	});
	return 1;
}`,
		{ spawn: (group: TaskGroup, fn: (n: number) => unknown, n: number) => group.spawn(fn, n) },
	);
	expect(path).toEqual(["at async program.cjs:8:3", "at async main (program.cjs:5:2)"]);
});

test("whoever has a method of the name of spawn gets what is handed to it", async () => {
	const seen: unknown[] = [];
	const process = {
		spawn: (...args: unknown[]) => seen.push(...args),
		start: (...args: unknown[]) => seen.push(...args),
	};
	const command = "ls";
	await run(
		compile(
			`async function main() {
	process.spawn(command, [await 1]);
	process.start();
	process.start(...[2]);
	await process.start(command);
	process?.spawn(process.start);
}`,
			{ process, command },
		),
	);
	expect(seen).toEqual(["ls", [1], 2, "ls", process.start]);
});

test("generators show the names of their functions", async () => {
	const leaf = coroutine(function* leaf() {
		yield* sleep(1);
		throw new Error("no");
	});
	const middle = coroutine(function* middle() {
		yield* leaf();
	});
	const error = (await failureOf(function* main() {
		yield* withTaskGroup(function* (group) {
			group.spawn(middle);
			yield* sleep(100);
		});
	})) as Error;
	expect(awaiting(error)).toEqual(["at async middle (<anonymous>)", "at async main (<anonymous>)"]);
	expect(error.stack).not.toMatch(/invoke\.ts|runner\.ts|\.next \(<anonymous>\)/);
});

test("frozen errors, odd errors and values that are no errors pass as they are", async () => {
	const frozen = Object.freeze(new Error("frozen"));
	const before = frozen.stack;
	const thrower = new Error("thrower");
	Object.defineProperty(thrower, "stack", {
		get() {
			throw new TypeError("stack");
		},
		configurable: true,
	});
	const traps = new Proxy(new Error("proxy"), {
		getOwnPropertyDescriptor() {
			throw new TypeError("trap");
		},
	});
	const bare = Object.assign(Object.create(Error.prototype) as Error, { message: "bare" });
	const numbered = Object.defineProperty(new Error("numbered"), "stack", { value: 7, configurable: true });
	const message = Object.defineProperty(new Error("x"), "message", {
		get() {
			throw new TypeError("message");
		},
	});
	const odd = { stack: "mine" };
	for (const given of [
		frozen,
		thrower,
		traps,
		bare,
		numbered,
		message,
		odd,
		null,
		undefined,
		"text",
		1n,
		Symbol("s"),
		() => 1,
	]) {
		const main = compile(
			"async function main() { await fail(); } async function fail() { await sleep(1); throw given; }",
			{ given },
		);
		expect(await failureOf(main)).toBe(given);
	}
	expect(frozen.stack).toBe(before);
	expect(() => thrower.stack).toThrow("stack");
	expect(Object.hasOwn(bare, "stack")).toBe(false);
	expect(numbered.stack).toBe(7);
});

test("`stack` stays what it is to others: hidden, writable, configurable, and not of the error's heirs", async () => {
	const error = new Error("no");
	await failureOf(compile("async function main() { await sleep(1); throw error; }", { error }));
	const descriptor = Object.getOwnPropertyDescriptor(error, "stack");
	expect(descriptor).toMatchObject({ enumerable: false, configurable: true });
	const heir = Object.create(error) as Error;
	expect(heir.stack).toBe(error.stack);
	error.stack = "other";
	expect(error.stack).toBe("other");
	Object.freeze(error);
	expect(error.stack).toBe("other");
});

test("an error that is frozen before its stack is read still has its path", async () => {
	const main = compile(
		"async function main() { await fail(); } async function fail() { await sleep(1); throw Object.seal(new Error('no')); }",
	);
	const sealed = (await failureOf(main)) as Error;
	expect(typeof sealed.stack).toBe("string");
	const open = (await failureOf(
		compile("async function main() { await fail(); } async function fail() { await sleep(1); throw new Error('no'); }"),
	)) as Error;
	Object.freeze(open);
	expect(awaiting(open)).toEqual(["at async main (program.cjs:2:25)"]);
});

test("an error of another realm has its path, too", async () => {
	const { runInNewContext } = await import("node:vm");
	const given = runInNewContext("new RangeError('elsewhere')") as Error;
	expect(
		await pathOf("async function main() { await fail(); } async function fail() { await sleep(1); throw given; }", {
			given,
		}),
	).toEqual(["at async main (program.cjs:2:25)"]);
});

test("a message that looks like a stack stays a message", async () => {
	const error = (await failureOf(
		compile(
			`async function main() { await sleep(1); throw new Error("a\\n    at step (/packages/holdfast/src/kernel/runner.ts:1:1)\\nb"); }`,
		),
	)) as Error;
	expect(error.stack).toContain("Error: a\n    at step (/packages/holdfast/src/kernel/runner.ts:1:1)\nb\n    at ");
});

test("a very deep path is cut, and the spawner is still shown", async () => {
	const path = await pathOf(`
async function down(n) { if (n === 0) { await sleep(1); throw new Error("no"); } await down(n - 1); return 1; }
async function main() { await withTaskGroup(async (group) => { group.spawn(down, 100_000); await sleep(10); return 1; }); return 1; }`);
	expect(path.length).toBeLessThan(110);
	expect(path).toContain("...");
	expect(path.at(-1)).toBe("at async main (program.cjs:4:25)");
});

test("a hook that makes something else of stacks is left alone", async () => {
	const engine = Error as { prepareStackTrace?: unknown };
	const before = engine.prepareStackTrace;
	engine.prepareStackTrace = (_error: Error, sites: unknown[]) => sites.length;
	try {
		const error = (await failureOf(
			compile("async function main() { await sleep(1); throw new Error('no'); }"),
		)) as Error;
		expect(typeof error.stack).toBe("number");
	} finally {
		engine.prepareStackTrace = before;
	}
});

test("without stacks nothing is lost", async () => {
	const engine = Error as { stackTraceLimit?: number };
	const before = engine.stackTraceLimit as number;
	engine.stackTraceLimit = 0;
	try {
		const error = (await failureOf(
			compile("async function main() { await sleep(1); throw new Error('no'); }"),
		)) as Error;
		expect(error.message).toBe("no");
	} finally {
		engine.stackTraceLimit = before;
	}
});

test("a run inside of a task: the path goes on to whoever waits for it", async () => {
	const event = new Event();
	const main = compile(
		`
async function main() { await outer(); return 1; }
async function outer() { await run(inner); return 1; }
async function inner() { event.set(); await until(Promise.resolve()); throw new Error("no"); }`,
		{ event, until },
	);
	expect(awaiting(await failureOf(main))).toEqual([
		"at async outer (program.cjs:4:26)",
		"at async main (program.cjs:3:25)",
	]);
});
