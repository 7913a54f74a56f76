import {
	type Attributes,
	type Context,
	context,
	diag,
	ROOT_CONTEXT,
	type Span,
	SpanKind,
	type SpanOptions,
	SpanStatusCode,
	type Tracer,
	trace,
} from "@opentelemetry/api";
import {
	Cancelled,
	type CancelScope,
	type Instrument,
	type InstrumentedRun,
	reportError,
	type Task,
	type TaskGroup,
	withContextOf,
} from "holdfast";
import { type Enter, enterOfManager } from "./context-manager.ts";
import { checkPeer } from "./peer-error.ts";

export { contextManager } from "./context-manager.ts";

/** Options of `openTelemetry`. */
export interface OpenTelemetryOptions {
	/** Makes the spans (default: the global tracer provider's, of the name `@holdfast/interop`). */
	tracer?: Tracer;
	/** Whether a run has a span: from its start to its end, in the place of its main task's (default `true`). */
	runs?: boolean;
	/**
	 * Which other tasks have one (default `true`). What a task without a span starts stands under the span around it. `"root"` begins
	 * a trace of its own, with a link to the span around it: for requests and jobs in a run that does not end.
	 */
	tasks?: boolean | ((task: Task, parent: Task | undefined) => boolean | "root");
	/** Which task groups have one (default `true`). `task` is the one that has opened the group. */
	groups?: boolean | ((group: TaskGroup, task: Task) => boolean);
	/** Attributes of your own, asked for when a span begins. */
	attributes?: (subject: Task | TaskGroup) => Attributes;
}

/** A run that goes on. */
interface Run {
	/** The context in which it was started. */
	readonly outside: Context;
	/** The spans that have not ended. */
	readonly open: Set<Span>;
	main: Span | undefined;
	/** What has stopped it: a signal, or the run around it. Its main task fails with what that is called outside. */
	stopped: Cancelled | undefined;
}

/** What is known of a task. */
interface Known {
	readonly run: Run | undefined;
	/** Its span, that of the innermost of its groups, or of what is around it: its tasks begin in this one. */
	context: Context;
	/** What the context manager has called active when that began. */
	active: Context;
	readonly span: Span | undefined;
}

/** A group with a span. */
interface Entered {
	readonly known: Known;
	readonly span: Span;
	readonly context: Context;
	readonly before: { readonly context: Context; readonly active: Context };
}

/**
 * An instrument that makes a span of OpenTelemetry for each task and task group of a run, and one for the run. The parent is what
 * was active where the task was started or the group was opened: a span of this instrument, or one that was made with
 * `tracer.startActiveSpan`. Failures are recorded as exceptions. Cancellations are no errors: they are told by the attribute
 * `holdfast.cancelled`. A span ends once, however its task ends. The parents are right without a context manager, too; for spans
 * that are made inside of tasks by others register one: that of the Node SDK, or `contextManager()`.
 *
 * If the tracer, or an option, throws, the error is reported, no more spans are made, and those that are open still end.
 *
 * @throws TypeError for wrong options
 * @throws PeerError if the installed `@opentelemetry/api` cannot be used
 * @example
 * await run(main, { instruments: [openTelemetry()] });
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Instrument {
	checkPeer("opentelemetry", "@opentelemetry/api@^1.3.0", [context?.with, trace?.setSpan, ROOT_CONTEXT?.setValue]);
	checkOptions(options);
	return new Spans(options);
}

class Spans implements Instrument {
	readonly #options: OpenTelemetryOptions;
	readonly #tracer: Tracer;
	// What lives is taken out at its end: weak maps with an entry per task are most of a collector's work.
	readonly #runs = new Map<InstrumentedRun, Run>();
	readonly #tasks = new Map<Task, Known>();
	readonly #groups = new Map<CancelScope, Entered>();
	/** How the context manager enters a context, if it can. */
	#enter: Enter | undefined;
	/** The run whose main task is the next one that starts. */
	#starting: Run | undefined;
	/** The run whose outermost scope is the next one that is entered. */
	#rooting: Run | undefined;
	readonly #roots = new Map<CancelScope, Run>();
	/** Tasks that have not begun: what they enter is entered in their first step. */
	readonly #unbegun = new Map<Task, Known>();
	#broken = false;

	constructor(options: OpenTelemetryOptions) {
		this.#options = options;
		this.#tracer = options.tracer ?? trace.getTracer("@holdfast/interop");
	}

	runStarted(run: InstrumentedRun): void {
		this.#try(undefined, () => {
			this.#enter = enterOfManager();
			this.#starting = { outside: context.active(), open: new Set(), main: undefined, stopped: undefined };
			this.#runs.set(run, this.#starting);
		});
	}

	taskStarted(task: Task, parent: Task | undefined): void {
		const starting = this.#starting;
		this.#starting = undefined;
		this.#rooting ??= starting;
		if (this.#broken) return;
		this.#try(task, () => {
			const spawner = parent === undefined ? undefined : this.#tasks.get(parent);
			const run = starting ?? spawner?.run;
			const active = withContextOf(task, activeContext);
			let around = active;
			if (starting !== undefined) around = active === ROOT_CONTEXT ? starting.outside : active;
			else if (spawner !== undefined && this.#enter === undefined && active === spawner.active)
				// The manager does not know that something was entered.
				around = spawner.context;
			const wanted = starting === undefined ? this.#wanted(task, parent) : this.#options.runs !== false;
			const own = { "holdfast.task.id": task.id };
			const span = wanted
				? this.#begin(starting === undefined ? "task" : "run", task, nameOf(task), around, own, wanted === "root")
				: undefined;
			const known: Known = { run, active, span, context: span === undefined ? around : trace.setSpan(around, span) };
			this.#tasks.set(task, known);
			if (span !== undefined) run?.open.add(span);
			if (starting !== undefined) starting.main = span;
			if (known.context !== active && this.#enter !== undefined) this.#unbegun.set(task, known);
		});
	}

	beforeStep(task: Task): void {
		if (this.#unbegun.size === 0) return;
		const known = this.#unbegun.get(task);
		if (known === undefined) return;
		this.#unbegun.delete(task);
		this.#try(task, () => this.#enterIn(task, known.context));
	}

	taskEnded(task: Task, error: unknown): void {
		this.#unbegun.delete(task);
		const known = this.#tasks.get(task);
		this.#tasks.delete(task);
		if (known?.span === undefined) return;
		const { run, span } = known;
		const isMain = run?.main === span;
		const stopped = isMain ? run.stopped : undefined;
		// The run's own ends with the run.
		this.#end(span, task.state === "failed" && stopped === undefined, stopped ?? error, run, task, !isMain);
	}

	scopeEntered(scope: CancelScope, task: Task): void {
		if (this.#rooting !== undefined) {
			this.#roots.set(scope, this.#rooting);
			this.#rooting = undefined;
		}
		if (this.#broken || !isGroup(scope)) return;
		const known = this.#tasks.get(task);
		if (known === undefined) return;
		this.#try(task, () => {
			const { groups = true } = this.#options;
			if (!(typeof groups === "function" ? groups(scope, task) : groups)) return;
			const active = withContextOf(task, activeContext);
			const around = this.#enter === undefined && active === known.active ? known.context : active;
			const span = this.#begin("group", scope, scope.name || "task group", around, {}, false);
			const inside = trace.setSpan(around, span);
			const before = { context: known.context, active: known.active };
			this.#groups.set(scope, { known, span, context: inside, before });
			known.run?.open.add(span);
			known.context = inside;
			known.active = active;
			this.#enterIn(task, inside);
		});
	}

	scopeLeft(scope: CancelScope, task: Task, error: unknown): void {
		const root = this.#roots.get(scope);
		this.#roots.delete(scope);
		if (root !== undefined && error instanceof Cancelled) root.stopped = error;
		const entered = this.#groups.get(scope);
		if (entered === undefined) return;
		this.#groups.delete(scope);
		const { known, span, before } = entered;
		this.#end(
			span,
			error !== undefined && !(error instanceof Cancelled),
			error,
			known.run,
			task,
			true,
			scope.cancelCalled,
		);
		this.#try(task, () => {
			// What the code has entered since by itself stays.
			if (withContextOf(task, activeContext) === entered.context) this.#enterIn(task, known.active);
		});
		known.context = before.context;
		known.active = before.active;
	}

	runEnded(ended: InstrumentedRun): void {
		const run = this.#runs.get(ended);
		this.#runs.delete(ended);
		if (run === undefined) return;
		const isGivenUp = run.open.size > (run.main === undefined ? 0 : 1);
		// The run's own, and those of tasks that it has given up.
		for (const span of run.open) this.#try(undefined, () => span.end());
		if (!isGivenUp) return;
		for (const [task, known] of this.#tasks) if (known.run === run) this.#tasks.delete(task);
		for (const [scope, { known }] of this.#groups) if (known.run === run) this.#groups.delete(scope);
	}

	#wanted(task: Task, parent: Task | undefined): boolean | "root" {
		const { tasks = true } = this.#options;
		return typeof tasks === "function" ? tasks(task, parent) : tasks;
	}

	#enterIn(task: Task, entered: Context): void {
		const enter = this.#enter;
		if (enter !== undefined) withContextOf(task, () => enter(entered));
	}

	#begin(kind: string, subject: Task | TaskGroup, name: string, around: Context, own: Attributes, root: boolean): Span {
		const attributes: Attributes = { ...own, ...this.#options.attributes?.(subject), "holdfast.kind": kind };
		const options: SpanOptions = { kind: SpanKind.INTERNAL, attributes };
		const outer = root ? trace.getSpanContext(around) : undefined;
		if (root) options.root = true;
		if (outer !== undefined) options.links = [{ context: outer }];
		return this.#tracer.startSpan(name, options, around);
	}

	#end(
		span: Span,
		failed: boolean,
		error: unknown,
		run: Run | undefined,
		task: Task,
		ends: boolean,
		cancelCalled = false,
	): void {
		this.#try(task, () => {
			if (failed) {
				const exception = error instanceof Error ? error : textOf(error);
				span.recordException(exception);
				span.setStatus({
					code: SpanStatusCode.ERROR,
					message: typeof exception === "string" ? exception : exception.message,
				});
			} else if (error instanceof Cancelled) {
				const { kind, text } = error.reason;
				span.setAttribute("holdfast.cancelled", true);
				span.setAttribute("holdfast.cancellation.kind", kind);
				if (text !== undefined) span.setAttribute("holdfast.cancellation.text", text);
			} else if (cancelCalled) span.setAttribute("holdfast.cancelled", true);
		});
		if (!ends) return;
		run?.open.delete(span);
		this.#try(task, () => span.end());
	}

	/** The first error is reported. What was begun is still to end, so the instrument is not simply taken out. */
	#try(task: Task | undefined, action: () => void): void {
		try {
			action();
		} catch (error) {
			if (this.#broken) diag.error("@holdfast/interop/opentelemetry", error);
			else {
				this.#broken = true;
				reportError(error, task);
			}
		}
	}
}

function activeContext(): Context {
	return context.active();
}

/** A name that many tasks share: those without one would each have their own. */
function nameOf(task: Task): string {
	return task.name === `task-${task.id}` ? "task" : task.name;
}

function isGroup(scope: CancelScope): scope is TaskGroup {
	return "spawn" in scope;
}

/** Of something that was thrown and is no `Error`. */
function textOf(thrown: unknown): string {
	try {
		return String(thrown);
	} catch {
		return typeof thrown;
	}
}

const OPTIONS = ["tracer", "runs", "tasks", "groups", "attributes"];

function checkOptions(options: OpenTelemetryOptions): void {
	if (typeof options !== "object" || options === null)
		throw new TypeError("openTelemetry: pass options as an object, or nothing.");
	for (const name of Object.keys(options))
		if (!OPTIONS.includes(name))
			throw new TypeError(`openTelemetry: there is no option ${name}; known are ${OPTIONS.join(", ")}.`);
	const { tracer, runs, tasks, groups, attributes } = options;
	if (tracer !== undefined && typeof tracer?.startSpan !== "function")
		throw new TypeError("openTelemetry: tracer is no tracer; pass what trace.getTracer(name) gives.");
	for (const [name, value] of Object.entries({ runs, tasks, groups }))
		if (value !== undefined && typeof value !== "boolean" && (name === "runs" || typeof value !== "function"))
			throw new TypeError(
				`openTelemetry: ${name} is true, false${name === "runs" ? "" : ", or a function that tells"}.`,
			);
	if (attributes !== undefined && typeof attributes !== "function")
		throw new TypeError("openTelemetry: attributes is a function that gives the attributes of a task or group.");
}
