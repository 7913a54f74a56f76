// What the host of a portable test offers, and how a test says that it needs what the host has not.

/** Thrown by a test, or by what it calls, for something that this host has not: the test is skipped, with the reason. */
export class Needs extends Error {
	name = "Needs";
}

const host = globalThis.process;

/** Programs that can be started in a process of their own: Node, Bun and Deno. */
export const hasProcesses =
	typeof host?.versions?.node === "string" && typeof host.execPath === "string" && host.execPath.startsWith("/");

/** workerd has a `process` that tells nothing. */
const hasListeners = typeof host?.on === "function";

const isBun = globalThis.Bun !== undefined;
const isDeno = globalThis.Deno !== undefined;
export const isNode = hasProcesses && !isBun && !isDeno;

function mayBlock() {
	try {
		return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1) === "not-equal";
	} catch {
		return false;
	}
}

const asyncHooks = host?.getBuiltinModule?.("node:async_hooks");

function hasEnterWith() {
	try {
		return new asyncHooks.AsyncLocalStorage().enterWith(undefined) === undefined;
	} catch {
		return false;
	}
}

/** What `needs.mjs` may name: whether this host has it, and what it is. */
export const capabilities = {
	process: [hasListeners, "a process"],
	contexts: [
		asyncHooks !== undefined,
		"AsyncLocalStorage: uncompiled async functions lose their task at a native await",
	],
	enterWith: [hasEnterWith(), "AsyncLocalStorage.enterWith()"],
	storesTold: [isNode, "to be told that a store of AsyncLocalStorage has a value"],
	exitOfStore: [!isDeno, "AsyncLocalStorage.exit() that holds for what is begun inside (Deno's holds while it runs)"],
	blocking: [mayBlock(), "Atomics.wait: this thread may not be put to sleep"],
	exit: [isNode, "to be told when the host has nothing left to do although the main module still awaits"],
	crash: [isNode || isDeno, "a host that ends at an unhandled rejection (Bun goes on and then exits with code 1)"],
	handles: [isNode, "to know the open handles (process.getActiveResourcesInfo)"],
	positions: [isNode, "stack traces in places of the source: the bundle's map is applied by Node only"],
	clock: [globalThis.navigator?.userAgent !== "Cloudflare-Workers", "a clock that goes on while code computes"],
	timers: [hasProcesses, "timers of a millisecond: they may be 4 ms late here"],
	// What it shows on other hosts is tested in programs of their own: packages/compiler/fixtures/stacks.test.ts.
	alone: [
		false,
		"a program of its own: what other tests have used or been told, and the frames of the harness, show in it",
	],
	inspect: [isNode, "util.inspect of Node, to the letter"],
	frames: [!isBun, "stack traces with the frame of a tail call: JavaScriptCore leaves it out"],
};

/** A module of Node, or what throws `Needs` as soon as it is used. */
export function builtin(name) {
	const module = host?.getBuiltinModule?.(name);
	if (module !== undefined) return module;
	return new Proxy({}, { get: () => absent(name) });
}

class Absent {}

function absent(name) {
	const refuse = () => {
		throw new Needs(name);
	};
	return new Proxy(Absent, { get: refuse, apply: refuse, construct: refuse });
}

/** Stand in for the globals of these names in tests; the library sees the real ones, or none. */
export const process = hasListeners ? host : absent("a process");

function later(callback, ...args) {
	if (globalThis.MessageChannel === undefined) return setTimeout(callback, 0, ...args);
	const { port1, port2 } = new MessageChannel();
	port1.onmessage = () => {
		port1.close();
		callback(...args);
	};
	port2.postMessage(null);
}

// Read at each call: there may be fake timers.
export const setImmediate = (...args) => (globalThis.setImmediate ?? later)(...args);
