// Runs tests that the parent process names, one at a time: natively first, then compiled in each way.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { transform } from "@holdfast/compiler";
import { Realm, setRuntime } from "./realm.mjs";
import { readHead, scenariosOf } from "./select.mjs";

const { TEST262: root, HOLDFAST_TEST262_RUNTIME: runtime } = process.env;
setRuntime(readFileSync(runtime, "utf8"));

const patience = 1500;
let unhandled = [];
process.on("unhandledRejection", (reason) => unhandled.push(describe(reason)));
process.on("uncaughtException", (error) => unhandled.push(`uncaught ${describe(error)}`));

process.on("message", async ({ path, variants }) => {
	const results = [];
	for (const scenario of scenariosOf(readHead(readFileSync(join(root, "test", path), "utf8")))) {
		process.send({ running: { scenario, variant: undefined } });
		const native = await observe(path, scenario, undefined);
		const outcomes = { scenario, native: native.failure, compiled: {} };
		if (native.failure === undefined)
			for (const { name, options, suspends } of variants) {
				process.send({ running: { scenario, variant: name } });
				outcomes.compiled[name] = await observe(path, scenario, options, native, suspends);
			}
		results.push(outcomes);
	}
	process.send({ path, results });
});

/** Runs a test once: `failure` is `undefined` where it passes. */
async function observe(path, scenario, options, native, suspends) {
	unhandled = [];
	let changed = false;
	let plain = false;
	const compile = (code, filename, format) => {
		const result = transform(code, { filename, format, sourcemap: false, ...options });
		changed ||= result.changed;
		plain ||= result.functions.some(({ form }) => form === "plain");
		return result.code;
	};
	let failure;
	try {
		failure = await run(path, scenario, options === undefined ? undefined : compile, suspends);
	} catch (error) {
		failure = describe(error);
	}
	await turn();
	if (failure === undefined && native !== undefined && unhandled.length > native.unhandled)
		failure = `an unhandled rejection: ${unhandled.join("; ")}`;
	return { failure, changed, plain, unhandled: unhandled.length };
}

async function run(path, scenario, compile, suspends) {
	const file = join(root, "test", path);
	const source = readFileSync(file, "utf8");
	const { flags, includes, negative } = readHead(source);
	const realm = new Realm(root, compile, suspends);
	if (!flags.has("raw")) {
		const harness = ["assert.js", "sta.js", ...(flags.has("async") ? ["doneprintHandle.js"] : []), ...includes];
		for (const name of new Set(harness)) realm.include(name);
	}
	const code = scenario === "strict" ? `"use strict";\n${source}` : source;
	const reached = await attempt(realm, code, file, scenario === "module");
	if (negative !== undefined) return checkNegative(negative, reached);
	if (reached.error !== undefined) return `${reached.phase}: ${describe(reached.error)}`;
	return flags.has("async") ? await outcome(realm) : undefined;
}

/** How far the test came, and with what error. */
async function attempt(realm, code, file, isModule) {
	let phase = "parse";
	try {
		if (isModule) {
			const module = realm.modules.parse(code, file);
			phase = "resolution";
			realm.modules.link(module);
			phase = "runtime";
			await Promise.race([module.evaluate(), rejectLater("the module does not end")]);
		} else {
			const script = realm.parseScript(code, file);
			phase = "runtime";
			script.runInContext(realm.context);
		}
	} catch (error) {
		return { phase, error: error ?? new Error(`thrown: ${error}`) };
	}
	return { phase };
}

function checkNegative({ phase, type }, reached) {
	const name = reached.error?.constructor?.name;
	// A dependency that does not parse is found while it is resolved.
	const samePhase = reached.phase === phase || (phase === "resolution" && reached.phase === "parse");
	if (name === type && samePhase) return undefined;
	return `expected a ${type} in phase ${phase}, got ${name === undefined ? "none" : `${name} in ${reached.phase}: ${describe(reached.error)}`}`;
}

/** Waits for `$DONE`. */
async function outcome(realm) {
	const deadline = performance.now() + patience;
	for (let turns = 0; realm.printed.length === 0; turns++) {
		if (turns > 100 && performance.now() > deadline) return "never done";
		await (turns < 100 ? turn() : new Promise((resolve) => setTimeout(resolve, 5)));
	}
	await turn();
	const failed = realm.printed.find((line) => line !== "Test262:AsyncTestComplete");
	return failed?.replace("Test262:AsyncTestFailure:", "");
}

function turn() {
	return new Promise((resolve) => setImmediate(resolve));
}

function rejectLater(message) {
	return new Promise((_, reject) => setTimeout(reject, patience, new Error(message)).unref());
}

function describe(error) {
	if (typeof error !== "object" || error === null) return String(error);
	try {
		return `${error.constructor?.name ?? error.name}: ${error.message}`.slice(0, 400);
	} catch {
		return "an object that cannot be described";
	}
}

process.send({ ready: true });
