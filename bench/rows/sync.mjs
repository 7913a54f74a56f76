// One source in both colours: Holdfast beside gensync and quansync, which do it with generators. Native: the same, written twice.
// biome-ignore-all lint/correctness/useYield: calls that never suspend are what is measured
import { mkdtempSync, promises, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import gensync from "gensync";
import { quansync } from "quansync";
import { compiled, inRun } from "../holdfast.mjs";
import * as native from "../programs/loader.mjs";

const readAsync = (path) => promises.readFile(path, "utf8");
const readSync = (path) => readFileSync(path, "utf8");

let folder;
/** Two bases that extend a third: five reads for a load. Files of the system's memory, mostly. */
function configuration() {
	if (folder === undefined) {
		folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
		process.on("exit", () => rmSync(folder, { recursive: true }));
		const write = (name, content) => writeFileSync(join(folder, name), JSON.stringify(content));
		write("base.json", { rules: { one: 1, two: 2 } });
		write("left.json", { extends: ["./base.json"], rules: { two: 3 } });
		write("right.json", { extends: ["./base.json"], rules: { three: 4 } });
		write("config.json", { extends: ["./left.json", "./right.json"], rules: { last: 1 } });
	}
	return join(folder, "config.json");
}

function loadSync(path) {
	const source = JSON.parse(readSync(path));
	const bases = (source.extends ?? []).map((name) => loadSync(resolve(dirname(path), name)));
	return Object.assign({}, ...bases, source.rules);
}

function* bodyOf(read, load, all, path) {
	const source = JSON.parse(yield* read(path));
	const names = (source.extends ?? []).map((name) => resolve(dirname(path), name));
	const bases = yield* all(names, load);
	return Object.assign({}, ...bases, source.rules);
}

function withGensync() {
	const read = gensync({ name: "read", arity: 1, sync: readSync, async: readAsync });
	const load = gensync(function* (path) {
		return yield* bodyOf(read, load, (names, each) => gensync.all(names.map((name) => each(name))), path);
	});
	return load;
}

/** It has nothing for concurrency: one base after the other. */
function withQuansync() {
	const read = quansync({ sync: readSync, async: readAsync });
	const load = quansync(function* (path) {
		return yield* bodyOf(read, load, inTurn, path);
	});
	return load;
}

function* inTurn(names, each) {
	const results = [];
	for (const name of names) {
		results.push(yield* each(name));
	}
	return results;
}

async function withHoldfast() {
	const { all, coroutine, operation } = await import("holdfast");
	const read = operation({ sync: readSync, async: readAsync });
	const load = coroutine(function* (path) {
		return yield* bodyOf(read, load, (names, each) => all(names.map((name) => each(name))), path);
	});
	return { read, load, all };
}

/** Loads one after the other, each from outside: the run around it counts. */
function loading(load) {
	const path = configuration();
	return {
		run: (n) => {
			let done = 0;
			for (let i = 0; i < n; i++) {
				done += load(path).last;
			}
			return done;
		},
	};
}

function loadingLater(load) {
	const path = configuration();
	return {
		run: async (n) => {
			let done = 0;
			for (let i = 0; i < n; i++) {
				done += (await load(path)).last;
			}
			return done;
		},
	};
}

const leafOf = (wrap) =>
	wrap(function* (x) {
		return x + 1;
	});

const countOf = (wrap) => {
	const leaf = leafOf(wrap);
	return wrap(function* (n) {
		let total = 0;
		for (let i = 0; i < n; i++) {
			total = yield* leaf(total);
		}
		return total;
	});
};

const entering = (once) => ({
	run: (n) => {
		let total = 0;
		for (let i = 0; i < n; i++) {
			total = once(total);
		}
		return total;
	},
});

const atOnce = (functions) => Promise.all(functions.map((each) => each()));
const plainLeaf = (x) => x + 1;

export default [
	{
		work: "synchronous colour: a call inside",
		unit: "call that does nothing, in a synchronous run",
		native: "a call of a plain function",
		contestants: {
			native: () => entering(plainLeaf),
			"holdfast-compiled": async () => {
				const { runSync } = await import("holdfast");
				const { calls } = await compiled("loader");
				return { run: (n) => runSync(calls, { args: [n] }) };
			},
			"holdfast-generators": async () => {
				const { coroutine } = await import("holdfast");
				const count = countOf(coroutine);
				return { run: (n) => count.sync(n) };
			},
			gensync: () => ({ run: countOf(gensync).sync }),
			quansync: () => ({ run: countOf(quansync).sync }),
		},
	},
	{
		work: "synchronous colour: entering",
		unit: "call from outside: f.sync(x), one call inside",
		native: "a call of a plain function",
		contestants: {
			native: () => entering(plainLeaf),
			"holdfast-compiled": async () => {
				const { sync } = await import("holdfast");
				return entering(sync((await compiled("loader")).once));
			},
			"holdfast-generators": async () => {
				const { coroutine } = await import("holdfast");
				const leaf = leafOf(coroutine);
				return entering((x) => leaf.sync(x));
			},
			gensync: () => entering(leafOf(gensync).sync),
			quansync: () => entering(leafOf(quansync).sync),
		},
	},
	{
		work: "synchronous colour: a config loader",
		unit: "load of a configuration: five small files read and merged",
		native: "the same with readFileSync, written a second time",
		contestants: {
			native: () => loading(loadSync),
			"holdfast-compiled": async () => {
				const { sync } = await import("holdfast");
				const { load } = await compiled("loader");
				const { read, all } = await withHoldfast();
				const loadIt = sync(load);
				return loading((path) => loadIt(read, all, path));
			},
			"holdfast-generators": async () => {
				const { sync } = await import("holdfast");
				const { load } = await withHoldfast();
				return loading(sync(load));
			},
			gensync: () => loading(withGensync().sync),
			quansync: () => loading(withQuansync().sync),
		},
	},
	{
		work: "asynchronous colour of the same loader",
		unit: "load of a configuration: five small files read and merged",
		native: "the source of holdfast-compiled, with node:fs/promises",
		contestants: {
			native: () => loadingLater((path) => native.load(readAsync, atOnce, path)),
			"holdfast-compiled": async () => {
				const { loads } = await compiled("loader");
				const { read, all } = await withHoldfast();
				const path = configuration();
				return { run: (n) => inRun(loads, read, all, path, n) };
			},
			"holdfast-generators": async () => {
				const { load } = await withHoldfast();
				const path = configuration();
				return {
					run: (n) =>
						inRun(function* () {
							let done = 0;
							for (let i = 0; i < n; i++) {
								done += (yield* load(path)).last;
							}
							return done;
						}),
				};
			},
			gensync: () => loadingLater(withGensync().async),
			quansync: () => loadingLater(withQuansync().async),
		},
	},
];
