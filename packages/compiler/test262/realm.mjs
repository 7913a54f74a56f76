// A fresh global object per test, with what test262 asks of its host, and in it a copy of the runtime of its own.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { constants, createContext, Script, SourceTextModule } from "node:vm";
import { ModuleLoader } from "./module-loader.mjs";

const require = createRequire(import.meta.url);

/** What the runtime takes from its host beside the language. */
const hostValues = {
	require,
	process,
	// What the runtime reports is no part of a test's outcome.
	console: Object.fromEntries(Object.keys(console).map((name) => [name, () => {}])),
	performance,
	setTimeout,
	clearTimeout,
	setImmediate,
	clearImmediate,
	queueMicrotask,
	AbortController,
	AbortSignal,
	DOMException,
	MessageChannel,
	Event,
	EventTarget,
};
const hostNames = Object.keys(hostValues);

const scripts = new Map();

/** Harness files are evaluated as they are: they are the foreign code that a compiled test lives with. */
function harnessScript(root, name) {
	let script = scripts.get(name);
	if (script === undefined) {
		script = new Script(readFileSync(join(root, "harness", name), "utf8"), { filename: name });
		scripts.set(name, script);
	}
	return script;
}

let runtime;

/** The runtime's bundle, as a function of its host. */
export function setRuntime(code) {
	runtime = new Script(`(function (module, exports, globalThis, ${hostNames.join(", ")}) {${code}\n})`, {
		filename: "runtime.js",
	});
}

export class Realm {
	/** Lines that the test has printed. */
	printed = [];
	#listeners = [];

	/** `suspends`: no await of compiled code goes on at once. */
	constructor(root, compile, suspends = false) {
		this.root = root;
		this.compile = compile;
		this.suspends = suspends;
		this.context = createContext(constants.DONT_CONTEXTIFY);
		this.modules = new ModuleLoader(this);
		const global = this.context;
		const print = (line) => {
			this.printed.push(String(line));
			for (const listener of this.#listeners) listener();
		};
		define(global, "print", print);
		define(global, "setTimeout", setTimeout);
		define(global, "$262", this.#host());
		if (compile !== undefined) define(global, "require", () => ({ kernel: this.kernel }));
	}

	/** The kernel of this realm's own runtime: its functions, promises and errors are the realm's. */
	get kernel() {
		if (this.loaded === undefined) {
			const module = { exports: {} };
			const host = Object.assign(Object.create(this.context), hostValues);
			const values = hostNames.map((name) => hostValues[name]);
			runtime.runInContext(this.context)(module, module.exports, host, ...values);
			this.loaded = module.exports.kernel;
			if (this.suspends) suspendEverywhere(this.loaded);
		}
		return this.loaded;
	}

	#host() {
		const { context } = this;
		const host = {
			global: context,
			gc: () => globalThis.gc(),
			evalScript: (code) =>
				new Script(code, {
					importModuleDynamically: this.modules.importFrom(join(this.root, "test", "script.js")),
				}).runInContext(context),
			createRealm: () => new Realm(this.root, undefined).context.$262,
			detachArrayBuffer: (buffer) => {
				structuredClone(buffer, { transfer: [buffer] });
			},
			agent: { start: unsupported, broadcast: unsupported, getReport: unsupported, sleep: unsupported },
		};
		return Object.defineProperty(host, "IsHTMLDDA", { get: unsupported });
	}

	onPrint(listener) {
		this.#listeners.push(listener);
	}

	include(name) {
		harnessScript(this.root, name).runInContext(this.context);
	}

	/** An error of the machinery as an error of the realm. */
	syntaxError(error) {
		return new this.context.SyntaxError(error.message);
	}

	parseScript(code, path) {
		try {
			const text = this.compile === undefined ? code : this.compile(code, path, "commonjs");
			return new Script(text, { filename: path, importModuleDynamically: this.modules.importFrom(path) });
		} catch (error) {
			throw this.syntaxError(error);
		}
	}

	parseModule(code, path) {
		try {
			const text = this.compile === undefined ? code : this.compile(code, path, "module");
			return new SourceTextModule(text, {
				identifier: path,
				context: this.context,
				importModuleDynamically: this.modules.importFrom(path),
				initializeImportMeta: (meta) => {
					meta.url = `file://${path}`;
				},
			});
		} catch (error) {
			throw this.syntaxError(error);
		}
	}
}

/** The first await of a call without `await` always suspends: the limit is 0 until then. Here it stays 0. */
function suspendEverywhere({ state }) {
	if (typeof state.limit !== "number") throw new Error("the kernel has no limit");
	Object.defineProperty(state, "limit", { get: () => 0, set: () => {} });
}

function define(target, name, value) {
	Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false });
}

function unsupported() {
	throw new Error("this host has no such thing");
}
