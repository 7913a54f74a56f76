import { type Context, type ContextManager, context, createContextKey, ROOT_CONTEXT } from "@opentelemetry/api";
import { ContextVar, currentTask } from "holdfast";

/** Makes a context the active one for the rest of the running task, or of the host's present async context. */
export type Enter = (context: Context) => void;

/** A context that carries a function under this key asks the manager for its `Enter`. */
const ASKS = /* @__PURE__ */ createContextKey("holdfast.enter");

/**
 * A `ContextManager` of OpenTelemetry that keeps the active context in a context variable of Holdfast: in compiled code and generators
 * `context.active()`, `context.with()` and `tracer.startActiveSpan()` hold across awaits, tasks, channels and locks in every host,
 * browsers included, with neither zones nor `AsyncLocalStorage`. Native (uncompiled) async functions and callbacks of the host
 * have the context for as long as `with` runs, no longer: where the host has `AsyncLocalStorage`, the manager of the Node SDK
 * serves both, and is the better choice. (PEP 567's `contextvars`, on which OpenTelemetry for Python stands.)
 *
 * @example
 * context.setGlobalContextManager(contextManager().enable());
 */
export function contextManager(): ContextManager {
	return new VariableContextManager();
}

class VariableContextManager implements ContextManager {
	readonly #variable: ContextVar<Context | undefined> = new ContextVar<Context | undefined>("OpenTelemetry's context", {
		default: undefined,
	});
	#enabled = false;
	/** Outside of every task, while `with` runs. */
	#outside: Context = ROOT_CONTEXT;

	active(): Context {
		const inside = this.#variable.get();
		if (inside !== undefined) return inside;
		return this.#outside === ROOT_CONTEXT || isInTask() ? ROOT_CONTEXT : this.#outside;
	}

	with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
		context: Context,
		fn: F,
		thisArg?: ThisParameterType<F>,
		...args: A
	): ReturnType<F> {
		const asks = context.getValue(ASKS) as ((enter: Enter) => void) | undefined;
		asks?.((entered) => void this.#variable.set(entered));
		if (!this.#enabled || !isInTask()) {
			const outside = this.#outside;
			this.#outside = this.#enabled ? context : outside;
			try {
				return fn.apply(thisArg, args);
			} finally {
				this.#outside = outside;
			}
		}
		const token = this.#variable.set(context);
		try {
			return fn.apply(thisArg, args);
		} finally {
			this.#variable.reset(token);
		}
	}

	bind<T>(context: Context, target: T): T {
		if (typeof target !== "function") return target;
		const manager = this;
		function bound(this: unknown, ...args: unknown[]): unknown {
			return manager.with(context, target as never, this as never, ...(args as never[]));
		}
		Object.defineProperty(bound, "length", { value: target.length, configurable: true });
		return bound as T;
	}

	enable(): this {
		this.#enabled = true;
		return this;
	}

	disable(): this {
		this.#enabled = false;
		this.#outside = ROOT_CONTEXT;
		return this;
	}
}

function isInTask(): boolean {
	try {
		currentTask();
		return true;
	} catch {
		return false;
	}
}

interface Storage {
	run(this: unknown, store: unknown, ...rest: unknown[]): unknown;
	enterWith(store: unknown): void;
}

/**
 * How the registered context manager is told to enter a context: OpenTelemetry itself knows only `with`. Ours says it when it is
 * asked. Of one that stands on `AsyncLocalStorage` the storage is learnt from what `with` calls. `undefined` for others, and
 * where the host's storages cannot be entered (workerd).
 */
export function enterOfManager(): Enter | undefined {
	let enter: Enter | undefined;
	let storage: Storage | undefined;
	const asking = ROOT_CONTEXT.setValue(ASKS, (own: Enter) => {
		enter = own;
	});
	const tryStorage = (): void => {
		const found = storage;
		try {
			// Inside of `with`, so that nothing is left behind.
			found?.enterWith(asking);
			if (found !== undefined) enter = (entered) => found.enterWith(entered);
		} catch {}
	};
	const prototype = storagePrototype();
	if (prototype === undefined) {
		context.with(asking, tryStorage);
		return enter;
	}
	const { run } = prototype;
	const putBack = (): void => {
		if (prototype.run === listening) prototype.run = run;
	};
	function listening(this: Storage, store: unknown, ...rest: unknown[]): unknown {
		putBack();
		if (store === asking) storage = this;
		return run.call(this, store, ...rest);
	}
	prototype.run = listening;
	try {
		context.with(asking, tryStorage);
	} finally {
		putBack();
	}
	return enter;
}

function storagePrototype(): Storage | undefined {
	const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
	const hooks = process?.getBuiltinModule?.("node:async_hooks") as
		| { AsyncLocalStorage: { prototype: Storage } }
		| undefined;
	return hooks?.AsyncLocalStorage.prototype;
}
