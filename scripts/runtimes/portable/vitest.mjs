// Stands in for vitest in the portable bundles: the part of its API that the unit tests use, in plain functions that run in
// every host. What is missing here fails the file that uses it, by name.
import {
	ASYMMETRIC_MATCHERS_OBJECT,
	chai,
	JestAsymmetricMatchers,
	JestChaiExpect,
	JestExtend,
	setState,
} from "@vitest/expect";
import { fakeTimers } from "./clock.mjs";
import { capabilities, Needs } from "./host.mjs";
import { needs } from "./needs.mjs";

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

export const expect = Object.assign((value, message) => chai.expect(value, message), {
	...chai.expect,
	...globalThis[ASYMMETRIC_MATCHERS_OBJECT],
	unreachable(message = "this must not be reached") {
		throw new chai.AssertionError(message);
	},
});
setState({ assertionCalls: 0, isExpectingAssertions: false }, expect);

// Registration

const newSuite = (name, parent, skip) => ({
	name,
	parent,
	skip,
	beforeEach: [],
	afterEach: [],
	beforeAll: [],
	afterAll: [],
});
let suite = newSuite("", undefined, undefined);
const tests = [];
/** Files whose top level could not be run, with the error. */
const broken = [];

const homeOf = (id) => id.slice(0, id.indexOf(" › "));
const titleOf = (id) => id.slice(id.indexOf(" › ") + 3);

/** Whether an entry of `needs.mjs` is about a test. */
const concerns = ({ file, tests: titles }, id) =>
	homeOf(id).endsWith(`/${file}`) && (titles ?? [""]).some((title) => titleOf(id).startsWith(title));

/** What the test needs and this host has not. */
function missing(id) {
	for (const entry of needs) {
		const [has, what] = capabilities[entry.needs];
		if (!has && concerns(entry, id)) return what;
	}
	return undefined;
}

/** An entry that is about no test is out of date. */
function stale() {
	const found = (entry, title) => tests.some(({ id }) => concerns({ ...entry, tests: [title] }, id));
	return needs.flatMap((entry) => {
		const { file, tests: titles = [""] } = entry;
		if (broken.some((it) => it.file.endsWith(`/${file}`))) return [];
		return titles.filter((title) => !found(entry, title)).map((title) => `${file} › ${title}`);
	});
}

/** Registers the tests of one file; `load` evaluates it. */
export async function registerFile(file, load) {
	suite = newSuite(file, undefined, undefined);
	const before = tests.length;
	try {
		await load();
	} catch (error) {
		tests.length = before;
		broken.push({ file, error });
	}
}

const fullName = (parts) => parts.filter((part) => part !== "").join(" › ");
const path = (it) => (it === undefined ? [] : [...path(it.parent), it.name]);

function optionsAndBody(first, second) {
	if (typeof first === "function") return [typeof second === "object" ? second : { timeout: second }, first];
	return [typeof first === "object" ? first : { timeout: first }, second];
}

function register(skip, name, first, second) {
	const [{ timeout } = {}, body] = optionsAndBody(first, second);
	if (typeof body !== "function" && skip === undefined) throw new TypeError(`test "${name}" has no body`);
	let id = fullName([...path(suite), String(name)]);
	const same = tests.filter((it) => it.id === id || it.id.startsWith(`${id} #`)).length;
	if (same > 0) id += ` #${same + 1}`;
	tests.push({ id, suite, body, skip, timeout });
}

function group(skip, name, first, second) {
	const [, body] = optionsAndBody(first, second);
	const outer = suite;
	suite = newSuite(String(name), outer, skip ?? outer.skip);
	try {
		const result = body();
		if (result !== undefined) throw new TypeError(`describe "${name}" must not be async`);
	} finally {
		suite = outer;
	}
}

/** "%s", "%i", "%j", "%o", "%#", "%%" and "$property" in the names of `each`. */
function nameOf(template, values, index) {
	let position = 0;
	const text = String(template).replace(/%[sdifjo#%]/g, (directive) => {
		if (directive === "%%") return "%";
		if (directive === "%#") return String(index);
		const value = values[position++];
		return directive === "%j" || directive === "%o" ? JSON.stringify(value) : String(value);
	});
	return text.replace(/\$([\w.]+)/g, (whole, key) => {
		let value = values[0];
		for (const part of key.split(".")) value = value?.[part];
		return value === undefined ? whole : String(value);
	});
}

function faces(add) {
	const face = (skip) =>
		Object.assign((...args) => add(skip, ...args), {
			each: (table) => (name, first, second) => {
				const [options, body] = optionsAndBody(first, second);
				table.forEach((row, index) => {
					const values = Array.isArray(row) ? row : [row];
					add(skip, nameOf(name, values, index), options, () => body(...values));
				});
			},
		});
	const plain = face(undefined);
	const skipped = face("skipped in the test file");
	return Object.assign(plain, {
		skip: skipped,
		skipIf: (condition) => (condition ? face("the test file says: not on this host") : plain),
		runIf: (condition) => (condition ? plain : face("the test file says: not on this host")),
		// One after the other: that is one of the orders that `concurrent` allows.
		concurrent: plain,
		sequential: plain,
	});
}

export const test = faces(register);
export const it = test;
export const describe = faces(group);
export const beforeEach = (hook) => void suite.beforeEach.push(hook);
export const afterEach = (hook) => void suite.afterEach.push(hook);
export const beforeAll = (hook) => void suite.beforeAll.push(hook);
export const afterAll = (hook) => void suite.afterAll.push(hook);
let finishers = [];
export const onTestFinished = (hook) => void finishers.push(hook);

// Spies

const restorers = new Set();
const stubbed = new Map();

function fn(implementation = () => {}, name = "fn") {
	const mock = { calls: [], results: [], instances: [], invocationCallOrder: [], contexts: [], settledResults: [] };
	function spy(...args) {
		mock.calls.push(args);
		return implementation.apply(this, args);
	}
	return Object.assign(spy, {
		_isMockFunction: true,
		mock,
		getMockName: () => name,
		mockImplementation(it) {
			implementation = it;
			return spy;
		},
		mockReturnValue: (value) => spy.mockImplementation(() => value),
	});
}

function spyOn(object, key) {
	const owned = Object.getOwnPropertyDescriptor(object, key);
	const restore = () => {
		restorers.delete(restore);
		putBack(object, key, owned);
	};
	restorers.add(restore);
	const spy = Object.assign(fn(object[key], String(key)), { mockRestore: restore });
	Object.defineProperty(object, key, { value: spy, configurable: true, writable: true });
	return spy;
}

function putBack(object, key, owned) {
	if (owned === undefined) delete object[key];
	else Object.defineProperty(object, key, owned);
}

/** Modules are not reset: an `import()` in a file that calls this gets a copy of its own when the bundle is made. */
export const vi = {
	...fakeTimers,
	fn,
	spyOn,
	restoreAllMocks() {
		for (const restore of restorers) restore();
	},
	stubGlobal(name, value) {
		if (!stubbed.has(name)) stubbed.set(name, Object.getOwnPropertyDescriptor(globalThis, name));
		Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
	},
	unstubAllGlobals() {
		for (const [name, owned] of stubbed) putBack(globalThis, name, owned);
		stubbed.clear();
	},
	resetModules() {},
	/** Only limits can be set, and each test has a longer one. */
	setConfig() {},
};

// Execution

const LIMIT = 60_000;
const begun = new Set();

async function perform({ suite: own, body }) {
	const suites = [];
	for (let it = own; it !== undefined; it = it.parent) suites.unshift(it);
	finishers = [];
	try {
		for (const it of suites) {
			if (begun.has(it)) continue;
			begun.add(it);
			for (const hook of it.beforeAll) await hook();
		}
		for (const it of suites) for (const hook of it.beforeEach) await hook();
		await body({ expect });
	} finally {
		for (const it of suites.reverse()) for (const hook of it.afterEach) await hook();
		for (const hook of finishers.reverse()) await hook();
	}
}

async function outcome(one) {
	const skip = one.skip ?? one.suite.skip;
	if (skip !== undefined) return { outcome: "skipped", message: skip };
	const lacks = missing(one.id);
	if (lacks !== undefined) return { outcome: "skipped", message: `needs ${lacks}` };
	const { setTimeout, clearTimeout } = globalThis;
	let timer;
	const limit = Math.max(one.timeout ?? 0, LIMIT);
	const watchdog = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new Error(`still running after ${limit} ms`)), limit);
	});
	try {
		await Promise.race([perform(one), watchdog]);
		return { outcome: "passed" };
	} catch (error) {
		if (error instanceof Needs) return { outcome: "skipped", message: `needs ${error.message}` };
		return { outcome: "failed", message: described(error) };
	} finally {
		clearTimeout(timer);
		fakeTimers.useRealTimers();
	}
}

function described(error) {
	if (typeof error !== "object" || error === null) return `thrown: ${String(error)}`;
	const { expected, actual, stack, message } = error;
	const text = String(stack ?? message);
	const lines = [text.includes(String(message)) ? text : `${message}\n${text}`];
	if (expected !== undefined || actual !== undefined)
		for (const [key, value] of [
			["expected", expected],
			["actual", actual],
		])
			lines.push(`${key}: ${typeof value === "string" ? value : shown(value)}`);
	return lines.join("\n");
}

function shown(value) {
	try {
		return JSON.stringify(value, (_, it) =>
			it instanceof Error ? String(it) : typeof it === "bigint" ? `${it}n` : it,
		);
	} catch {
		return String(value);
	}
}

/** The suite of a bundle: what the hosts' drivers run. `run` may be called in any order and from any request. */
export const unitSuite = {
	get ids() {
		return tests.map(({ id }) => id);
	},
	get broken() {
		return [
			...stale().map((it) => ({ file: "needs.mjs", message: `there is no such test: ${it}` })),
			...broken.map(({ file, error }) => ({
				file,
				...(error instanceof Needs ? { needs: error.message } : { message: described(error) }),
			})),
		];
	},
	async run(index) {
		const { id } = tests[index];
		return { id, ...(await outcome(tests[index])) };
	},
};
