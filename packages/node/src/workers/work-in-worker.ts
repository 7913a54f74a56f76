import { constants, Script } from "node:vm";
import type { Transferable } from "node:worker_threads";
import { type CancelScope, call, now, type Report, run, until, withCancelScope } from "holdfast";
import type { Answer, PackedTarget, RunOrder } from "./messages.ts";
import { packError } from "./packed-error.ts";
import { unpackContext } from "./shared-context.ts";
import { transfersOf } from "./transfer.ts";
import { WorkerDataError, WorkerFunctionError } from "./worker-errors.ts";

type AnyFunction = (...args: unknown[]) => unknown;

/** What a thread can do by itself, by name. */
export type Builtins = Readonly<Record<string, AnyFunction>>;

/** What a thread does for another one: a run of its own, which ends with all that it has started. */
export class Work {
	readonly #order: RunOrder;
	readonly #builtins: Builtins;
	readonly #tell: (answer: Answer, transfer?: readonly Transferable[]) => void;
	/** While it runs. */
	#scope: CancelScope | undefined;
	/** Cancelled before it has begun. */
	#cancelled: string | undefined;

	constructor(
		order: RunOrder,
		tell: (answer: Answer, transfer?: readonly Transferable[]) => void,
		builtins: Builtins = {},
	) {
		this.#order = order;
		this.#builtins = builtins;
		this.#tell = tell;
	}

	cancel(text: string): void {
		if (this.#scope === undefined) this.#cancelled = text;
		else this.#scope.cancel(text);
	}

	/** Does it, and tells the outcome after what `before` waits for. Never fails. */
	async perform(before?: () => Promise<void> | undefined): Promise<void> {
		const { target } = this.#order;
		let answer: Answer;
		try {
			const { value, stopped } = await run(() => this.#work(), {
				name: target.name,
				grace: Number.POSITIVE_INFINITY,
				onReport: (report) => this.#forward(report),
			});
			answer = stopped ? { kind: "cancelled" } : { kind: "done", value };
		} catch (error) {
			answer = { kind: "failed", error: packError(explained(error, target)) };
		}
		const waiting = before?.();
		if (waiting !== undefined) await waiting;
		try {
			this.#tell(answer, answer.kind === "done" ? transfersOf(answer.value) : []);
		} catch (error) {
			const message = `runInWorker: what ${target.name} gave cannot be brought back from its thread: ${(error as Error).message}`;
			this.#tell({ kind: "failed", error: packError(new WorkerDataError(message, { cause: error })) });
		}
	}

	*#work(): Generator<never, { readonly value: unknown; readonly stopped: boolean }, unknown> {
		const { target, args, context, remaining } = this.#order;
		let own: CancelScope | undefined;
		try {
			const value = yield* withCancelScope({ deadline: now() + remaining }, (scope) => {
				this.#scope = own = scope;
				if (this.#cancelled !== undefined) scope.cancel(this.#cancelled);
				return begin(target, args, context, this.#builtins);
			});
			return { value, stopped: own?.cancelledCaught ?? false };
		} finally {
			this.#scope = undefined;
		}
	}

	/** Errors without recipient are the caller's to report; what is said once to the programmer is said here. */
	#forward({ error, kind }: Report): void {
		if (kind === "hint" || kind === "deprecation") console.warn(`holdfast: ${String(error)}`);
		else this.#tell({ kind: "report", error: packError(error) });
	}
}

function* begin(
	target: PackedTarget,
	args: readonly unknown[],
	context: RunOrder["context"],
	builtins: Builtins,
): Generator<never, unknown, unknown> {
	let fn: AnyFunction | undefined;
	if ("source" in target) fn = evaluate(target.source);
	else if ("module" in target) fn = yield* load(target);
	else fn = builtins[target.builtin];
	unpackContext(context);
	return yield* call(fn as AnyFunction, ...args);
}

/** By their sources; the latest ones, for some programs make functions without end. */
const evaluated = new Map<string, AnyFunction>();
const EVALUATED = 100;
/** Where it is known, `import()` inside works as in any script. */
const { USE_MAIN_CONTEXT_DEFAULT_LOADER: loader } = constants as Partial<typeof constants>;

function evaluate(source: string): AnyFunction {
	let fn = evaluated.get(source);
	if (fn === undefined) {
		// Bundlers that keep names leave calls of a helper behind.
		const code = `"use strict"; ((__name) => (${source}\n))((fn) => fn)`;
		const options = { filename: "worker function", columnOffset: -code.indexOf(source) };
		const script = new Script(code, loader === undefined ? options : { ...options, importModuleDynamically: loader });
		fn = script.runInThisContext() as AnyFunction;
		evaluated.set(source, fn);
		if (evaluated.size > EVALUATED) evaluated.delete(evaluated.keys().next().value as string);
	}
	return fn;
}

/** Loaded ones: to import a module once more takes longer than most other things here. */
const modules = new Map<string, Record<string, unknown>>();

/** Loads a module, and gives what it exports by that name. Also used where no thread is needed. */
export function* load(target: { module: string; export: string }): Generator<never, AnyFunction, unknown> {
	let names = modules.get(target.module);
	if (names === undefined) {
		names = yield* until(import(target.module) as Promise<Record<string, unknown>>);
		modules.set(target.module, names);
	}
	// Of a CommonJS module the names may be known by its `exports` alone.
	const found = names[target.export] ?? (names["default"] as Record<string, unknown> | undefined)?.[target.export];
	if (typeof found === "function") return found as AnyFunction;
	const known = Object.keys(names).filter((name) => typeof names[name] === "function");
	throw new WorkerFunctionError(
		`${target.module} exports no function ${target.export}; ${known.length === 0 ? "it exports none" : `its functions are ${known.join(", ")}`}.`,
	);
}

/** What a function that is not self-contained meets in another thread. */
function explained(error: unknown, target: PackedTarget): unknown {
	if (!(error instanceof ReferenceError) || !("source" in target)) return error;
	const name = /^(\S+) is not defined/.exec(error.message)?.[1] ?? "";
	if (name === "" || !target.source.includes(name)) return error;
	return new WorkerFunctionError(
		`runInWorker: ${target.name} refers to ${name}, which is not part of it. A function that is given as such takes nothing along but its own text: pass ${name} as an argument, import it inside, or export the function from a module and pass { module, export }.`,
		{ cause: error },
	);
}
