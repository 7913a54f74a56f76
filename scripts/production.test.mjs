import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build as esbuild } from "esbuild";
import { rolldown } from "rolldown";
import { build as vite } from "vite";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { root } from "./nodes.mjs";
import { buildProduction } from "./production.mjs";

const dist = join(root, "packages/holdfast/dist");
const load = (path) => import(pathToFileURL(join(dist, path)).href);
const entries = ["index", "compiled", "loops", "fetch", "inspect", "streams"];

/** What goes wrong, and has to do so in both builds, with the same class and code. */
const mistakes = {
	"a sleep of NaN": (it) => it.run(() => it.sleep(Number.NaN)),
	"a negative sleep": (it) => it.run(() => it.sleep(-1)),
	"an instant that is NaN": (it) => it.run(() => it.sleepUntil(Number.NaN)),
	"a negative timeout": (it) => it.run(() => it.withTimeout(-1, () => {})),
	"a timeout in words": (it) => it.run(() => it.withTimeout("5", () => {})),
	"a deadline that is NaN": (it) => it.run(() => it.withDeadline(Number.NaN, () => {})),
	"a negative grace": (it) => it.run(() => {}, { grace: -1 }),
	"a grace in words": (it) => it.run(() => {}, { grace: "5" }),
	"a negative grace of a scope": (it) => it.run(() => it.withCancelScope({ grace: -1 }, () => {})),
	"arguments that are no array": (it) => it.run(() => {}, { args: "ab" }),
	"a main that is no function": (it) => it.run(it.sleep(1)),
	"a main that is an async generator": (it) => it.run(async function* () {}),
	"a body that is no function": (it) => it.run(() => it.withTimeout(5, 5)),
	"a group's body that is no function": (it) => it.run(() => it.withTaskGroup(it.sleep(1))),
	"spawn of what is no function": (it) => it.run(() => it.withTaskGroup((group) => group.spawn(it.sleep(1)))),
	"an unknown kind of errors": (it) => it.run(() => it.withTaskGroup(() => {}, { errors: "all" })),
	"coroutine() of what is no function": (it) => it.coroutine(5),
	"coroutine() of what gives no generator": (it) => it.run(it.coroutine(() => 5)),
	"a generator that yields a promise": (it) =>
		it.run(function* () {
			yield Promise.resolve();
		}),
	"a coroutine that is used twice": (it) =>
		it.run(function* () {
			const call = it.sleep(0);
			yield* call;
			yield* call;
		}),
	"waiting outside of a task": (it) => it.currentScope(),
	"spawning into a group that has ended": (it) =>
		it.run(function* () {
			let left;
			yield* it.withTaskGroup((group) => void (left = group));
			left.spawn(() => {});
		}),
	"started() that is not called": (it) => it.run(() => it.withTaskGroup((group) => group.start(() => {}))),
	"a deadline that has passed": (it) => it.run(() => it.withTimeout(0, () => it.sleepForever())),
	"a signal": (it) => it.run(() => it.sleepForever(), { signal: AbortSignal.abort() }),
	"a cancelled task that is awaited": (it) =>
		it.run(() =>
			it.withTaskGroup(function* (group) {
				const task = group.spawn(it.sleepForever);
				task.cancel();
				yield* task;
			}),
		),
	"a scope that was cancelled from elsewhere": (it) =>
		it.run(() =>
			it.withCancelScope(function* () {
				it.currentScope().cancel();
				yield* it.sleep(1);
			}),
		),
	"a group of errors": (it) =>
		it.run(() =>
			it.withTaskGroup(
				() => {
					throw new Error("own");
				},
				{ errors: "group" },
			),
		),
	"releasing a lock that nobody holds": (it) => it.run(() => new it.Lock().release()),
	"a semaphore with too many permits": (it) => new it.Semaphore(2, { max: 1 }),
	"a channel of negative capacity": (it) => it.createChannel(-1),
	"sending to a closed end": (it) =>
		it.run(() => {
			const { sender } = it.createChannel(1);
			sender.close();
			return sender.send(1);
		}),
	"receiving from a drained channel": (it) =>
		it.run(() => {
			const { sender, receiver } = it.createChannel(1);
			sender.close();
			return receiver.receive();
		}),
	"a queue of no room": (it) => new it.Queue(0),
	"a barrier without parties": (it) => new it.Barrier(0),
	"a latch below zero": (it) => new it.Latch(1).countDown(2),
	"a context variable without a value": (it) => it.run(() => new it.ContextVar("locale").get()),
	"no attempts": (it) => it.run(() => it.retry(() => {}, { attempts: 0 })),
	"no concurrency": (it) => it.run(() => it.map([1], () => {}, { concurrency: 0 })),
	"a race of nobody": (it) => it.run(() => it.race([])),
	"what cannot be waited for synchronously": (it) => it.runSync(() => Promise.resolve()),
	"nothing that could wake the run": (it) => it.runSync(() => new it.Event().wait()),
};

async function errorOf(action) {
	try {
		await action();
	} catch (error) {
		return { class: error.constructor.name, name: error.name, code: error.code, message: error.message };
	}
	throw new Error("nothing was thrown");
}

let development;
let production;

beforeAll(async () => {
	await buildProduction();
	[development, production] = await Promise.all([load("index.js"), load("production/index.js")]);
});

test.each(entries)("%s has the same exports in both builds", async (entry) => {
	const [first, second] = await Promise.all([load(`${entry}.js`), load(`production/${entry}.js`)]);
	expect(Object.keys(second).sort()).toEqual(Object.keys(first).sort());
});

test("every module of dist has its twin, and imports nothing from outside", () => {
	const modules = (directory) =>
		readdirSync(directory, { recursive: true }).filter((file) => /^(?!production).*\.js$/.test(file));
	expect(modules(join(dist, "production")).sort()).toEqual(modules(dist).sort());
	for (const file of modules(join(dist, "production"))) {
		const text = readFileSync(join(dist, "production", file), "utf8");
		for (const [, specifier] of text.matchAll(/(?:from|import\() ?"([^"]+)"/g)) expect(specifier).toMatch(/^[.#]/);
	}
});

describe("the same class, name and code, and no longer a message", () => {
	test.each(Object.entries(mistakes))("%s", async (_title, make) => {
		const [first, second] = [await errorOf(() => make(development)), await errorOf(() => make(production))];
		expect(second.name).toBe(first.name);
		expect(second.code).toBe(first.code);
		expect(second.message.length).toBeLessThanOrEqual(first.message.length);
	});
});

test("the classes of errors have the same names and codes", () => {
	for (const [key, value] of Object.entries(development)) {
		if (!(value?.prototype instanceof Error) || key === "Cancelled" || key === "HoldfastError") continue;
		const [first, second] = [new value("text", "", ""), new production[key]("text", "", "")];
		expect([key, second.name, second.code]).toEqual([key, first.name, first.code]);
		expect(second).toBeInstanceOf(key === "TaskGroupError" ? AggregateError : production.HoldfastError);
	}
});

test("a message still names the culprit", async () => {
	expect((await errorOf(mistakes["a negative timeout"].bind(null, production))).message).toBe("withTimeout");
	expect((await errorOf(mistakes["no attempts"].bind(null, production))).message).toMatch(/^retry/);
});

test("the two builds of one process share their state: each waits for what the other makes", async () => {
	const quietly = { onReport: vi.fn() };
	const both = [
		[development, production],
		[production, development],
	];
	for (const [here, there] of both) {
		await here.run(function* () {
			yield* there.sleep(1);
			const variable = new there.ContextVar("variable");
			variable.set("value");
			expect(yield* there.moveOnAfter(1, () => here.sleep(1000))).toBe(undefined);
			expect(yield* here.moveOnAfter(1, () => there.sleepForever())).toBe(undefined);
			expect(variable.get()).toBe("value");
			const cleaned = [];
			yield* there.moveOnAfter(1, function* () {
				yield* here.withTaskGroup(function* (group) {
					group.spawn(function* () {
						try {
							yield* there.sleepForever();
						} finally {
							yield* here.cleanup(() => there.sleep(1));
							cleaned.push("task");
						}
					});
					try {
						yield* here.sleepForever();
					} catch (error) {
						expect(error).toBeInstanceOf(there.Cancelled);
						expect(error).toBeInstanceOf(here.Cancelled);
						throw error;
					}
				});
			});
			expect(cleaned).toEqual(["task"]);
			here.sleep(0);
			there.sleep(0);
		}, quietly);
		const [first, second] = [new Error("first"), new Error("second")];
		const failing = (error) => () => {
			throw error;
		};
		await here
			.run(
				() =>
					there.withTaskGroup((group) => {
						group.spawn(failing(first));
						group.spawn(failing(second));
					}),
				quietly,
			)
			.catch(() => {});
		expect(here.suppressedErrors(first)).toEqual([second]);
		expect(there.suppressedErrors(first)).toEqual([second]);
	}
});

/** A program with all entries, bundled for a kind of host: the text of the bundle. */
const bundlers = {
	async esbuild(entry, host, conditions) {
		const options = { entryPoints: [entry], bundle: true, write: false, format: "esm", platform: host, conditions };
		return (await esbuild(options)).outputFiles[0].text;
	},
	async rolldown(entry, host, conditionNames) {
		const bundle = await rolldown({ input: entry, platform: host, resolve: { conditionNames } });
		const { output } = await bundle.generate({ format: "esm" });
		return output.map(({ code }) => code).join("\n");
	},
	async vite(entry, host, conditions) {
		const { output } = await vite({
			configFile: false,
			logLevel: "silent",
			resolve: { conditions },
			ssr: { noExternal: true, resolve: { conditions: [...conditions, "node"] } },
			build: { write: false, minify: false, ssr: host === "node", rollupOptions: { input: entry } },
		});
		return output.map(({ code }) => code).join("\n");
	},
};

describe.each(Object.entries(bundlers))("%s", (name, bundle) => {
	const entry = join(root, "scripts/runtimes/portable/every-entry.mjs");

	test.each([
		["browser", ["production"]],
		["browser", ["development"]],
		["node", ["production"]],
		["node", ["development"]],
	])("a bundle for %s, %s: one copy of the kernel, and what the host has", async (host, [build]) => {
		const code = await bundle(entry, host, name === "rolldown" ? [build, "import", host] : [build]);
		expect(code.split("holdfast.kernel/1")).toHaveLength(2);
		expect(code.includes("SIGUSR2")).toBe(host === "node");
		expect(code.includes("node:async_hooks")).toBe(host === "node");
		expect(code.includes("Nothing can wake this run any more")).toBe(build === "development");
	});
});
