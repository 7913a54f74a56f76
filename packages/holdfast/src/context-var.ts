import { currentNativeTask } from "#host";
import { type Awaitable, type Coroutine, LazyCoroutine } from "./coroutine.ts";
import { ContextVarError, ScopeMisuseError } from "./errors.ts";
import { type Begin, invoke, runningTask } from "./invoke.ts";
import { type Context, EMPTY_CONTEXT } from "./kernel/context.ts";
import { type Code, Frame, link, type Run, suspended } from "./kernel/frame.ts";
import { state } from "./kernel/state.ts";
import type { KernelTask } from "./kernel/task.ts";
import { checkBody, checkOptions } from "./scopes.ts";

export type { Context };

/** What `set` returns, for `reset`. */
export interface ContextToken<T> {
	readonly variable: ContextVar<T>;
}

interface Token<T> extends ContextToken<T> {
	readonly previous: { readonly value: T } | undefined;
	readonly task: KernelTask;
	used: boolean;
}

/**
 * A variable of the running computation: shared along the await chain (what an awaited call sets, its caller sees
 * afterwards, whatever scope stands between), and copied when a task starts. (PEP 550, PEP 567.)
 *
 * @example
 * const requestId = new ContextVar<string>("requestId");
 * await requestId.with("r-17", () => handle(request));
 */
export class ContextVar<T> {
	readonly name: string;
	readonly #default: { readonly value: T } | undefined;

	constructor(name: string, options: { default?: T } = {}) {
		if (typeof name !== "string" || name === "")
			throw new TypeError("A ContextVar needs a name, for error messages and dumps.");
		checkOptions("ContextVar", options, ["default"]);
		this.name = name;
		this.#default = "default" in options ? { value: options.default as T } : undefined;
	}

	/** The value here. @throws ContextVarError if there is neither a value nor a default */
	get(): T {
		const context = (state.task ?? currentNativeTask())?.context;
		if (context?.has(this)) return context.get(this) as T;
		if (this.#default !== undefined) return this.#default.value;
		throw new ContextVarError(
			`The context variable ${this.name} has no value here: set it before, or give it a default.`,
		);
	}

	/** Sets the value for the running task; the token takes it back. */
	set(value: T): ContextToken<T> {
		const task = taskForContext("set");
		const token: Token<T> = {
			variable: this,
			task,
			previous: task.context.has(this) ? { value: task.context.get(this) as T } : undefined,
			used: false,
		};
		task.context = new Map(task.context).set(this, value);
		return token;
	}

	/** Puts back what was there before `set`. @throws ContextVarError for a token of another variable, or used before */
	reset(token: ContextToken<T>): void {
		const task = taskForContext("reset");
		if (token?.variable !== this)
			throw new ContextVarError(`The token is not one of ${this.name}: reset takes what this variable's set returned.`);
		const own = token as Token<T>;
		if (own.task !== task)
			throw new ContextVarError(
				`The token of ${this.name} was made in the task ${own.task.name}, and this is ${task.name}: contexts of tasks are their own.`,
			);
		if (own.used)
			throw new ContextVarError(`The token of ${this.name} was used before: each set can be taken back once.`);
		own.used = true;
		const context = new Map(task.context);
		if (own.previous === undefined) context.delete(this);
		else context.set(this, own.previous.value);
		task.context = context;
	}

	/** Runs `body` with another value, and puts the old one back. */
	with<R>(value: T, body: () => Awaitable<R>): Coroutine<R> {
		checkBody("ContextVar.with", body);
		return new LazyCoroutine<R>(beginWith, WITH, this, body, value);
	}
}

const WITH: Code = { name: "ContextVar.with", place: () => undefined };

const beginWith: Begin = (lazy) => {
	const variable = lazy.a0 as ContextVar<unknown>;
	const frame = new Frame(endWith, WITH);
	frame.deliveries = runningTask("ContextVar.with").deliveries;
	frame.a0 = variable.set(lazy.a2);
	let value: unknown;
	try {
		value = invoke(lazy.a1 as () => unknown, []);
	} catch (error) {
		return endWith(frame, error, true);
	}
	return value === suspended ? link(frame) : endWith(frame, value, false);
};

const endWith: Run = (frame, input, thrown) => {
	const token = frame.a0 as ContextToken<unknown>;
	token.variable.reset(token);
	if (thrown) throw input;
	return input;
};

/** The context of the running code, as it is now; for `spawnWith({ context })`. Copying costs nothing. */
export function copyContext(): Context {
	return (state.task ?? currentNativeTask())?.context ?? EMPTY_CONTEXT;
}

function taskForContext(what: string): KernelTask {
	const task = state.task ?? currentNativeTask();
	if (task === null)
		throw new ScopeMisuseError(`ContextVar.${what} was called outside of a task: call it inside run(main).`);
	return task;
}
