// Runs the unit tests and the conformance suite, as portable bundles, on every runtime:
// npm run test:runtimes [-- node20 workerd … [--only TEXT] [--verbose]]
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { bootstrap } from "./bootstrap.mjs";
import { installIn } from "./install.mjs";
import { root } from "./nodes.mjs";
import { installChromium } from "./runtimes/browser.mjs";

const { values: options, positionals } = parseArgs({
	allowPositionals: true,
	options: { only: { type: "string" }, verbose: { type: "boolean" } },
});
const { only } = options;

bootstrap();
const home = join(root, "scripts/runtimes");
installIn("scripts/runtimes", "the runtimes");
const { buildLibrary, buildUnitTests, dist, functionsModule } = await import("./runtimes/bundles.mjs");
const { runLocally } = await import("./runtimes/local.mjs");
const { checkSockets } = await import("./runtimes/sockets.mjs");
const { checkRequests, runOnWorkerd, workerdOf } = await import("./runtimes/workerd.mjs");
const { checkPage, runOnChromium } = await import("./runtimes/chromium.mjs");
const { buildVariant, frontEnds } = await import("../conformance/build.mjs");

const program = (...path) => join(home, "node_modules", ...path);
const node = (name) => ({
	program: program(name, "bin/node"),
	flags: ["--expose-gc", "--enable-source-maps"],
	childFlags: [],
});
const deno = ["run", "--allow-all", "--no-config"];
const local = (runtime) => ({
	run: (suite, context) => runLocally(runtime, suite.bundle, { ...context, only }),
	more: { sockets: () => checkSockets(runtime) },
});
const workerd = (name, compatibilityFlags) => {
	const runtime = { program: workerdOf(program("workerd")), compatibilityFlags };
	return {
		run: (suite, { functions }) => runOnWorkerd(runtime, name, suite.bundle, functions, only),
		more: { requests: () => checkRequests(runtime, name) },
	};
};
const chromium = (options) => {
	const browser = () => installChromium();
	return {
		run: (suite, { programs }) => runOnChromium(browser(), suite.bundle, programs, only, options),
		more: options.worker ? {} : { page: () => checkPage(browser()) },
	};
};
const runtimes = {
	node20: local(node("node20")),
	node22: local(node("node22")),
	node24: local(node("node24")),
	node26: local(node("node26")),
	bun: local({ program: program(".bin/bun"), flags: ["run"], childFlags: ["run"] }),
	deno: local({ program: program(".bin/deno"), flags: [...deno, "--v8-flags=--expose-gc"], childFlags: deno }),
	workerd: workerd("workerd", []),
	"workerd-nodejs": workerd("workerd-nodejs", ["nodejs_compat"]),
	chromium: chromium({ worker: false }),
	"chromium-worker": chromium({ worker: true }),
};

const wanted = positionals.length > 0 ? positionals : Object.keys(runtimes);
const unknown = wanted.filter((name) => runtimes[name] === undefined);
if (unknown.length > 0)
	throw new Error(`No such runtime: ${unknown.join(", ")}. Known: ${Object.keys(runtimes).join(", ")}`);

const lines = [];
const printed = new Map();
const total = { passed: 0, failed: 0, skipped: 0 };
const library = await buildLibrary();
const unit = { name: "unit", bundle: await buildUnitTests() };
const suitesFor = async (first, browser) => {
	const suites = [first];
	for (const frontEnd of frontEnds)
		suites.push({ name: frontEnd, bundle: await buildVariant(frontEnd, { source: true, browser, exported: true }) });
	return suites;
};
const suites = await suitesFor(unit, false);
// What bundlers take for a browser.
const isBrowser = (name) => name.startsWith("chromium");
const browserSuites = wanted.some(isBrowser)
	? await suitesFor({ name: "unit", bundle: await buildUnitTests({ browser: true }) }, true)
	: [];

// The tests compile programs while they run. Only Node has the compiler: what it gives is recorded there.
const record = join(dist, "programs.json");
const compiler = pathToFileURL(join(root, "packages/compiler/dist/index.js")).href;
const recorder = node("node24");
let recording = {};
recording = await measured(
	"recording",
	unit,
	() => runLocally(recorder, unit.bundle, { library, record, compiler }),
	false,
);
const context = { library, programs: record, functions: functionsModule(JSON.parse(readFileSync(record, "utf8"))) };

// Two at a time: one mostly waits for its own processes, its browser or its server.
const queue = [...wanted];
const lane = async () => {
	for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
		const { run, more = {} } = runtimes[name];
		for (const suite of isBrowser(name) ? browserSuites : suites)
			await measured(name, suite, () => run(suite, context));
		if (only === undefined)
			for (const [suite, check] of Object.entries(more)) await measured(name, { name: suite }, check);
	}
};
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, lane));

console.log(`\n${lines.sort().join("\n")}`);
console.log(`${total.skipped} skipped, each with its reason above`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

/** Runs one suite on one runtime, prints what failed and what was skipped, and adds it to the sum. */
async function measured(runtime, suite, action, counted = true) {
	const started = performance.now();
	let outcome;
	try {
		outcome = await action();
	} catch (error) {
		outcome = { ids: [], broken: [], results: [{ id: suite.name, outcome: "failed", message: error.stack }] };
	}
	const results = [...outcome.results, ...outcome.broken.flatMap(brokenResults)];
	const of = (kind) => results.filter((it) => it.outcome === kind);
	const [passed, failed, skipped] = [of("passed"), of("failed"), of("skipped")];
	for (const { id, title = "", message } of failed)
		console.log(`✗ ${id} ${title} (${runtime}, ${suite.name})\n  ${message?.replaceAll("\n", "\n  ")}`);
	const seconds = ((performance.now() - started) / 1000).toFixed(0);
	const line = `${runtime.padEnd(15)} ${suite.name.padEnd(10)} ${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped`;
	console.log(`${line} (${seconds} s)`);
	if (counted) listSkipped(runtime, suite.name, skipped);
	if (options.verbose)
		for (const { id, milliseconds } of results
			.sort((a, b) => (b.milliseconds ?? 0) - (a.milliseconds ?? 0))
			.slice(0, 5))
			console.log(`  ${milliseconds} ms: ${id}`);
	// Recorded tests are counted where they run for their own sake, unless they fail.
	total.failed += failed.length;
	if (!counted) return outcome;
	lines.push(line);
	total.passed += passed.length;
	total.skipped += skipped.length;
	return outcome;
}

/** By reason; a list that has been printed for another runtime is not printed again. */
function listSkipped(runtime, suite, skipped) {
	for (const reason of new Set(skipped.map(({ message }) => message))) {
		const titles = skipped
			.filter(({ message }) => message === reason)
			.map(({ id, title = "" }) => `    ${id} ${title}`);
		const key = `${suite} ${reason} ${titles.join()}`;
		const first = printed.get(key);
		if (first === undefined) printed.set(key, runtime);
		const which = first === undefined ? `\n${titles.join("\n")}` : ` the same ${titles.length} as on ${first}`;
		console.log(`  skipped on ${runtime}, ${reason}:${which}`);
	}
}

/** A file that could not be loaded: as many skipped tests as it has on Node, or a failure. */
function brokenResults({ file, needs, message }) {
	if (needs === undefined) return [{ id: file, outcome: "failed", message }];
	const ids = (recording.ids ?? []).filter((id) => id.startsWith(`${file} ›`));
	if (ids.length === 0) return [{ id: file, outcome: "failed", message: `needs ${needs}, and has no test on Node` }];
	return ids.map((id) => ({ id, outcome: "skipped", message: `needs ${needs}` }));
}
