import { afterEach, expect, test, vi } from "vitest";
import { runChild } from "../test/child.ts";
import { compile, logOf } from "../test/compile.ts";
import { thrownBy, virtually } from "../test/virtually.ts";
import { coroutine } from "./coroutine.ts";
import { DeprecationWarning } from "./errors.ts";
import { withTaskGroup } from "./group.ts";
import { corocall } from "./invoke.ts";
import { map } from "./map.ts";
import { migrating } from "./migrating.ts";
import { run } from "./run.ts";
import { runSync } from "./run-sync.ts";
import type { Report } from "./runner.ts";
import { withCancelScope } from "./scopes.ts";
import { sleep } from "./sleep.ts";

afterEach(() => {
	vi.restoreAllMocks();
});

const query = () =>
	migrating({
		name: "query",
		sync: (sql: string) => `sync ${sql}`,
		*async(sql: string): Generator<unknown, string, never> {
			yield* sleep(10);
			return `async ${sql}`;
		},
		since: "3.0",
	});

/** Takes what is reported. */
function listening() {
	const reports: Report[] = [];
	return { reports, options: { onReport: (report: Report) => void reports.push(report) } };
}

test("compiled code: an awaited call takes the new face, a bare one the old, and the old way warns", async () => {
	const { reports, options } = listening();
	const log = await logOf(
		`
		async function tail() { return query("tail"); }
		async function insideTry() { try { return query("in try"); } finally { log("finally"); } }
		async function main() {
			log(await query("awaited"), "at", now());
			log(query("bare"), "at", now());
			log(await tail());
			log(await insideTry());
			log((await Promise.all([query("all")])).join());
		}`,
		{ scope: { query: query() }, run: options },
	);
	expect(log).toEqual(["async awaited at 10", "sync bare at 10", "async tail", "finally", "async in try", "sync all"]);
	expect(reports.map(({ kind, error, path }) => [kind, (error as Error).name, path])).toEqual([
		["deprecation", "DeprecationWarning", "main"],
		["deprecation", "DeprecationWarning", "main"],
	]);
});

test("the old way warns once per call site, and says since when, where, and what to write", async () => {
	const { reports, options } = listening();
	const f = query();
	const here = () => f("here");
	await virtually(function* () {
		for (let turn = 0; turn < 3; turn++) {
			here();
			f("there");
		}
	}, options);
	expect(reports).toHaveLength(2);
	const [first] = reports.map(({ error }) => error as DeprecationWarning);
	expect(first).toBeInstanceOf(DeprecationWarning);
	expect(first).toMatchObject({ code: "HOLDFAST_DEPRECATED", since: "3.0" });
	expect(first?.place).toMatch(/here .*migrating\.test\.ts:\d+:\d+/);
	expect(first?.message).toMatch(
		/^query\(\) was called without await \(.*migrating\.test\.ts.*\), which is deprecated since 3\.0: write await query\(…\), yield\* query\.async/,
	);
});

test("generators: yield* f.async(x) is the new way; f(x) the old one", async () => {
	const { reports, options } = listening();
	const f = query();
	const main = coroutine(function* () {
		return [yield* f.async("new"), yield* (f as never as Record<symbol, typeof f.async>)[corocall]!("raw"), f("old")];
	});
	expect(await virtually(main, options)).toEqual(["async new", "async raw", "sync old"]);
	expect(reports).toHaveLength(1);
});

test("given to run, spawn and map it is called as if awaited", async () => {
	const { reports, options } = listening();
	const f = query();
	expect(await virtually(() => withTaskGroup((group) => group.spawn(f, "spawned")), options)).toBe("async spawned");
	expect(await virtually(() => map(["a", "b"], f), options)).toEqual(["async a", "async b"]);
	expect(await run(f, { args: ["main"], ...options })).toBe("async main");
	expect(reports).toEqual([]);
});

test("code that is not compiled: await f.async(x) is the new way; await f(x) is the old one", async () => {
	const { reports, options } = listening();
	const f = query();
	const native = async () => [await f.async("new"), await f("old")];
	expect(await virtually(native, options)).toEqual(["async new", "sync old"]);
	expect(reports.map(({ kind }) => kind).filter((kind) => kind !== "hint")).toEqual(["deprecation"]);
});

test("outside of runs: the old way warns on the console, the new way is a promise", async () => {
	const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
	const f = query();
	for (let turn = 0; turn < 2; turn++) expect(f("x")).toBe("sync x");
	expect(warn.mock.calls).toEqual([[expect.stringMatching(/^holdfast: query\(\) was called without await/)]]);
	expect(await f.async("y")).toBe("async y");
	expect(warn).toHaveBeenCalledTimes(1);
});

test("without onReport a warning inside a run goes to the console too, in one line", async () => {
	const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
	await virtually(() => void query()("x"));
	expect(warn.mock.calls).toEqual([[expect.stringMatching(/^holdfast: query\(\) was called/)]]);
});

test("f.sync(x) is the old face without a warning", async () => {
	const { reports, options } = listening();
	expect(await virtually(() => query().sync("x"), options)).toBe("sync x");
	expect(reports).toEqual([]);
});

test("in a synchronous run an awaited call takes the synchronous face, without a warning", () => {
	const { reports, options } = listening();
	const main = compile<() => Promise<string>>(`async function main() { return await query("x"); }`, {
		query: query(),
	});
	expect(runSync(main, options)).toBe("sync x");
	const f = query();
	expect(runSync(() => f.async("y"), options)).toBe("sync y");
	expect(reports).toEqual([]);
});

test("the receiver is kept by both faces", async () => {
	class Store {
		readonly name = "store";
		declare read: () => string;
	}
	Store.prototype.read = migrating({
		sync(this: Store) {
			return `sync ${this.name}`;
		},
		*async(this: Store): Generator<unknown, string, never> {
			yield* sleep(1);
			return `async ${this.name}`;
		},
		since: "1.0",
	} as never) as () => string;
	const { options } = listening();
	const log = await logOf("async function main() { const s = new Store(); log(await s.read(), s.read()); }", {
		scope: { Store },
		run: options,
	});
	expect(log).toEqual(["async store sync store"]);
});

test("errors of both faces are thrown as they are; a cancelled scope begins neither", async () => {
	const { options } = listening();
	const error = new Error("broken");
	const f = migrating({
		sync: (): string => {
			throw error;
		},
		async: coroutine(function* (): Generator<unknown, string, never> {
			yield* sleep(1);
			throw error;
		}),
		since: "1.0",
	});
	await virtually(function* () {
		expect(thrownBy(() => f())).toBe(error);
		try {
			yield* f.async();
			expect.unreachable();
		} catch (caught) {
			expect(caught).toBe(error);
		}
	}, options);
	const never = migrating({ sync: () => expect.unreachable(), async: () => sleep(0), since: "1.0" } as never);
	runSync(() =>
		withCancelScope(function* (scope) {
			scope.cancel();
			yield* (never as unknown as { async(): Generator<never, void> }).async();
		}),
	);
});

test("in a program of its own the place is the line of the call", async () => {
	const { stderr } = await runChild(
		`import { migrating } from "holdfast";
		const f = migrating({ name: "f", sync: () => 1, async: async () => 1, since: "2" });
		function old() { return f(); }
		old(); old();`,
	);
	expect(stderr.match(/f\(\) was called without await \(old .*:3:\d+\)/g)).toHaveLength(1);
});

test("name and length; wrong faces are named", () => {
	const load = (path: string) => path;
	expect([query().name, query().length]).toEqual(["query", 1]);
	expect(migrating({ sync: load, async: async (path: string) => path, since: "1" }).name).toBe("load");
	expect(() => migrating({ sync: load, async: load } as never)).toThrow(/migrating: since is undefined/);
	expect(() => migrating({ sync: 5, async: load, since: "1" } as never)).toThrow(/migrating: sync/);
	expect(() => migrating({ sync: load, since: "1" } as never)).toThrow(/migrating: async/);
	expect(() => migrating({ sync: load, async: load, since: "1", until: "2" } as never)).toThrow(/unknown option/);
});

const back = () =>
	migrating({
		name: "query",
		sync: (sql: string) => `sync ${sql}`,
		*async(sql: string): Generator<unknown, string, never> {
			yield* sleep(10);
			return `async ${sql}`;
		},
		since: "5.0",
		to: "sync",
	});

test("on the way back: whoever awaits gets what it got before, without a warning, in every colour", async () => {
	const { reports, options } = listening();
	const query = back();
	const log = await logOf(
		`
		async function tail() { return query("tail"); }
		async function main() {
			log(await query("awaited"), "at", now());
			log(await tail());
			const started = query("started");
			log(await started);
			log(query.sync("sync"));
			log((await Promise.all([query("all")])).join());
		}`,
		{ scope: { query }, run: options },
	);
	expect(log).toEqual(["async awaited at 10", "async tail", "async started", "sync sync", "async all"]);
	await virtually(function* () {
		expect(yield* query.async("generator")).toBe("async generator");
		yield* withTaskGroup((group) => void group.spawn(query, "spawned"));
	}, options);
	const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
	expect(await query("native")).toBe("async native");
	expect(await Promise.all([query("a"), query("b")])).toEqual(["async a", "async b"]);
	expect(warned).not.toHaveBeenCalled();
	expect(runSync(() => query.async("inside"), options)).toBe("sync inside");
	expect(reports).toEqual([]);
});

test("on the way back: who uses the promise as one is warned, once per place", async () => {
	const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
	const query = back();
	const seen: string[] = [];
	for (let i = 0; i < 2; i++) await query("then").then((text) => seen.push(text));
	await query("catch").catch(() => {});
	expect(seen).toEqual(["async then", "async then"]);
	expect(warned).toHaveBeenCalledTimes(2);
	expect(warned.mock.calls[0]?.[0]).toMatch(
		/^holdfast: query\(\) gave a promise .*:\d+:\d+\)+, .*deprecated since 5\.0: .*await query\(…\), or query\.sync\(…\)/,
	);
	const { reports, options } = listening();
	await virtually(() => query("in a run").finally(() => {}), options);
	expect(reports).toMatchObject([{ kind: "deprecation", error: { since: "5.0" } }]);
});

test("on the way back: errors are those of the asynchronous face, and nobody's unhandled rejection", async () => {
	const failing = migrating({
		sync: () => 1,
		async: async () => {
			throw new RangeError("its own");
		},
		since: "5",
		to: "sync",
	});
	expect(await failing().catch((error: unknown) => error)).toBeInstanceOf(RangeError);
	expect(() => migrating({ sync: () => 1, async: async () => 1, since: "1", to: "both" as never })).toThrow(
		/to is "both"/,
	);
});
