import { type HostContext, hostContexts } from "./kernel/host-context.ts";
import type { KernelTask } from "./kernel/task.ts";

/** What is used of `node:async_hooks`, which Bun, Deno and workerd have as well. */
export interface AsyncHooks {
	readonly AsyncLocalStorage: {
		new (): AsyncStorage;
		readonly prototype: AsyncStorage;
	};
	readonly AsyncResource: new (
		type: string,
		options?: object,
	) => { runInAsyncScope(fn: (task: KernelTask) => void, receiver: unknown, task: KernelTask): void };
}

interface AsyncStorage {
	run(store: unknown, callback: (...args: never[]) => unknown, ...args: unknown[]): unknown;
	enterWith(store: unknown): void;
	getStore(): unknown;
}

/** `undefined` where the host has no async contexts. */
export function asyncHooks(): AsyncHooks | undefined {
	const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
	return process?.getBuiltinModule?.("node:async_hooks") as AsyncHooks | undefined;
}

/** The methods of `AsyncLocalStorage` while their first use is waited for. */
let original: Pick<AsyncStorage, "run" | "enterWith"> | null = null;
/** What stands in their place. */
let noticing: Pick<AsyncStorage, "run" | "enterWith"> | null = null;

/**
 * A task goes on in the async context in which it suspended, so that what `AsyncLocalStorage` holds (OpenTelemetry's
 * spans, loggers, frameworks) holds across its waits, whoever wakes it. To capture contexts costs something, and on Node 20
 * and 22 merely using `AsyncLocalStorage` makes every await of the process slower: so nothing is done until somebody else
 * uses it. That is noticed by a look at the present context when a run starts, and by `run` and `enterWith` of its
 * prototype, which are wrapped from the first run's start (or the first compiled call outside of runs) to the first use, or
 * the last run's end.
 */
export function beginContexts(): void {
	if (hostContexts.capture !== null || original !== null) return;
	const hooks = asyncHooks();
	if (hooks === undefined) return;
	if (hasContext(hooks)) {
		switchOn(hooks);
		return;
	}
	const { prototype } = hooks.AsyncLocalStorage;
	const { run, enterWith } = prototype;
	original = { run, enterWith };
	prototype.run = function (this: AsyncStorage, ...args) {
		endContexts();
		switchOn(hooks);
		return run.apply(this, args);
	};
	prototype.enterWith = function (this: AsyncStorage, store) {
		endContexts();
		switchOn(hooks);
		enterWith.call(this, store);
	};
	noticing = { run: prototype.run, enterWith: prototype.enterWith };
}

/** Puts the methods back, unless somebody else has wrapped them since. */
export function endContexts(): void {
	if (original === null || noticing === null) return;
	const prototype = asyncHooks()?.AsyncLocalStorage.prototype as AsyncStorage;
	if (prototype.run === noticing.run) prototype.run = original.run;
	if (prototype.enterWith === noticing.enterWith) prototype.enterWith = original.enterWith;
	original = noticing = null;
}

/** `AsyncLocalStorage.run` for the runtime's own storage, which is nobody's use of it. */
export function runQuietly<T>(storage: AsyncStorage, store: unknown, callback: () => T): T {
	return (original ?? storage).run.call(storage, store, callback) as T;
}

function switchOn(hooks: AsyncHooks): void {
	hostContexts.capture = () => new Captured(hooks);
}

class Captured implements HostContext {
	readonly #resource: InstanceType<AsyncHooks["AsyncResource"]>;

	constructor({ AsyncResource }: AsyncHooks) {
		this.#resource = new AsyncResource("holdfast", { requireManualDestroy: true });
	}

	run(step: (task: KernelTask) => void, task: KernelTask): void {
		this.#resource.runInAsyncScope(step, null, task);
	}
}

/**
 * Whether a storage has a value here. The host does not tell, but a new resource of Node's takes the values along as
 * properties: one per storage, or one for all. Elsewhere the first use while a run is alive is what is noticed.
 */
function hasContext({ AsyncResource }: AsyncHooks): boolean {
	const resource: object = new AsyncResource("holdfast", { requireManualDestroy: true });
	return Object.getOwnPropertySymbols(resource).some((key) => {
		const value = (resource as Record<symbol, unknown>)[key];
		// A map of the host's own, which is no instance of this realm's.
		if (key.description === "context_frame" && (value as Map<unknown, unknown> | undefined)?.size)
			return [...Map.prototype.values.call(value)].some(isSomething);
		return key.description === "kResourceStore" && isSomething(value);
	});
}

function isSomething(value: unknown): boolean {
	return value !== undefined;
}
