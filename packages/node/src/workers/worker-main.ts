// What runs in a worker thread: one piece of work at a time, each a run of its own, which ends with all that it has started.
import { constants, Script } from "node:vm";
import { type MessagePort, workerData } from "node:worker_threads";
import { type CancelScope, call, now, type Report, run, until, withCancelScope } from "holdfast";
import type { Answer, Order, PackedTarget } from "./messages.ts";
import { packError } from "./packed-error.ts";
import { unpackContext } from "./shared-context.ts";
import { transfersOf } from "./transfer.ts";
import { WorkerDataError, WorkerFunctionError } from "./worker-errors.ts";

type AnyFunction = (...args: unknown[]) => unknown;

const { port, setup } = workerData as { port: MessagePort; setup: string | undefined };
/** The scope of the work that runs. */
let current: CancelScope | undefined;
/** Cancelled before it has begun. */
let cancelled: string | undefined;

const ready: Promise<unknown> = setup === undefined ? Promise.resolve() : import(setup);

port.on("message", (order: Order) => {
	if (order.kind === "run") {
		cancelled = undefined;
		ready.then(() => perform(order));
	} else if (current === undefined) cancelled = order.text;
	else current.cancel(order.text);
});

async function perform(order: Order & { kind: "run" }): Promise<void> {
	let answer: Answer;
	try {
		const { value, stopped } = await run(() => work(order), {
			name: order.target.name,
			grace: Number.POSITIVE_INFINITY,
			onReport: forward,
		});
		answer = stopped ? { kind: "cancelled" } : { kind: "done", value };
	} catch (error) {
		answer = { kind: "failed", error: packError(explained(error, order.target)) };
	}
	// What was printed goes before the answer: the thread may be ended when that is there.
	for (const stream of [process.stdout, process.stderr])
		if (stream.writableLength > 0) await new Promise((resolve) => stream.write("", resolve));
	send(answer, order.target);
}

interface Outcome {
	readonly value: unknown;
	/** It was cancelled; there is no value. */
	readonly stopped: boolean;
}

function* work(order: Order & { kind: "run" }): Generator<never, Outcome, unknown> {
	const { target, args, context, remaining } = order;
	let own: CancelScope | undefined;
	try {
		const value = yield* withCancelScope({ deadline: now() + remaining }, function* (scope) {
			current = own = scope;
			if (cancelled !== undefined) scope.cancel(cancelled);
			const fn = "source" in target ? evaluate(target.source) : yield* load(target);
			unpackContext(context);
			return yield* call(fn, ...args);
		});
		return { value, stopped: own?.cancelledCaught ?? false };
	} finally {
		current = undefined;
	}
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

function* load(target: { module: string; export: string }): Generator<never, AnyFunction, unknown> {
	const names = yield* until(import(target.module) as Promise<Record<string, unknown>>);
	// Of a CommonJS module the names may be known by its `exports` alone.
	const found = names[target.export] ?? (names["default"] as Record<string, unknown> | undefined)?.[target.export];
	if (typeof found === "function") return found as AnyFunction;
	const known = Object.keys(names).filter((name) => typeof names[name] === "function");
	throw new WorkerFunctionError(
		`runInWorker: ${target.module} exports no function ${target.export}; ${known.length === 0 ? "it exports none" : `its functions are ${known.join(", ")}`}.`,
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

function send(answer: Answer, target: PackedTarget): void {
	const list = answer.kind === "done" ? transfersOf(answer.value) : [];
	try {
		port.postMessage(answer, list);
	} catch (error) {
		const message = `runInWorker: what ${target.name} gave cannot be brought back from its thread: ${(error as Error).message}`;
		port.postMessage({ kind: "failed", error: packError(new WorkerDataError(message, { cause: error })) });
	}
}

/** Errors without recipient are the caller's to report; what is said once to the programmer is said here. */
function forward({ error, kind }: Report): void {
	if (kind === "hint" || kind === "deprecation") console.warn(`holdfast: ${String(error)}`);
	else port.postMessage({ kind: "report", error: packError(error) } satisfies Answer);
}
