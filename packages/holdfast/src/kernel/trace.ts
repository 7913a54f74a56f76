import { Cancelled } from "./cancelled.ts";
import { type Code, type Frame, noPlace } from "./frame.ts";
import { state } from "./state.ts";
import type { KernelTask } from "./task.ts";

// What an error's own `stack` says beyond what the engine knows: the frames that were suspended when it was thrown, where
// the task was spawned, and the frames of whoever spawned it. Nothing is done before an error leaves a frame for the
// first time, and only in the build for development.

/** Of the awaiting frames of one task so many are shown, innermost first. */
const MOST_FRAMES = 100;
/** So many tasks, from the one that failed to those that spawned each other. */
const MOST_TASKS = 20;

/** A call: what it is of, and where it stands. A `Code` with its site, or what a spawned task is named after. */
interface Line {
	readonly code: Code;
	readonly site: number;
}

/** In the place of a site: the line is that of a spawn. */
const SPAWN = -1;

/** What stands in the place of frames that are not shown. */
const MORE: Line = { code: { name: "..." }, site: 0 };

/** What was known when the error was first thrown; the frames change, so this is collected then. */
interface Path {
	/** The frames of the task itself. */
	readonly own: readonly Line[];
	/** The tasks around it. */
	readonly outer: readonly Line[];
	/** Where the lines of `own` belong: where the kernel has called the frame, or behind all that the engine knows. */
	readonly isInside: boolean;
	/** The task was started on the native stack of its spawner, whose frames stand on it: `outer` comes behind the engine's lines. */
	readonly isNested: boolean;
}

/**
 * Adds to the `stack` of an error the path to the frame that it leaves, or is thrown into: once per error. Errors that are
 * frozen or have no `stack` of their own, and values that are no errors, stay as they are.
 *
 * @param frame the innermost frame that was suspended when the error was thrown
 * @param below the frames that wait for the one that runs natively beneath this task, if it was started there
 * @param isInside it was thrown while the task ran, not handed to it by others
 */
export function trace(
	error: unknown,
	task: KernelTask,
	frame: Frame | null,
	below: Frame | null | undefined,
	isInside: boolean,
): void {
	if (typeof error !== "object" || error === null) return;
	const traced = (state.traced ??= new WeakSet());
	if (traced.has(error) || error instanceof Cancelled) return;
	traced.add(error);
	try {
		const own = Object.getOwnPropertyDescriptor(error, "stack");
		if (own === undefined ? !isFirefoxError(error) : own.configurable !== true) return;
		const path = pathOf(task, frame, below, isInside);
		const { get } = own ?? {};
		// Engines that format on demand are asked when somebody reads the stack, others now.
		if (get !== undefined) extendLazily(error, own as PropertyDescriptor, get, path);
		else {
			const stack = own === undefined ? (error as Error).stack : (own.value as unknown);
			const value = extended(error, stack, path);
			if (value !== stack) Object.defineProperty(error, "stack", { writable: true, enumerable: false, ...own, value });
		}
	} catch {
		// A proxy, or a getter that throws: what was thrown is what counts.
	}
}

/** In Firefox `stack` is an accessor of all errors' prototype. */
function isFirefoxError(error: object): boolean {
	return error instanceof Error && Object.isExtensible(error) && typeof error.stack === "string";
}

function extendLazily(error: object, own: PropertyDescriptor, get: () => unknown, path: Path): void {
	let pending: Path | undefined = path;
	let value: unknown;
	Object.defineProperty(error, "stack", {
		get() {
			if (pending !== undefined) {
				// An object that inherits from the error asks, too.
				value = extended(error, get.call(error), pending);
				pending = undefined;
			}
			return value;
		},
		set(this: unknown, given: unknown) {
			if (this === error) {
				value = given;
				pending = undefined;
			} else own.set?.call(this, given);
		},
		enumerable: own.enumerable === true,
		configurable: true,
	});
}

function pathOf(task: KernelTask, frame: Frame | null, below: Frame | null | undefined, isInside: boolean): Path {
	const own: Line[] = [];
	addFrames(own, frame, task.top);
	const outer: Line[] = [];
	let current = task;
	if (below !== undefined) {
		addFrames(outer, below, null);
		current = task.parent as KernelTask;
	}
	for (let count = 0; count < MOST_TASKS; count++) {
		const { home, parent } = current;
		const host = home === null ? null : home.host;
		const spawnedAt = spawnOf(current);
		if (spawnedAt !== undefined) outer.push({ code: spawnedAt, site: SPAWN });
		const next = parent !== null && parent !== current && parent.top !== null ? parent : host;
		if (next === null || next === current) break;
		let first = next.top;
		// The line of the spawn stands for what is inside of the group.
		if (spawnedAt !== undefined && next === host)
			for (let around = first; around !== null; around = around.parent) if (around.scope === home) first = around;
		addFrames(outer, first, next.top);
		current = next;
	}
	return { own, outer, isInside, isNested: below !== undefined };
}

/** The place of a spawn in compiled code, after which its task is named. */
function spawnOf({ namedAfter }: KernelTask): Code | undefined {
	return typeof namedAfter === "object" ? namedAfter : undefined;
}

function addFrames(lines: Line[], innermost: Frame | null, suspended: Frame | null = innermost): void {
	let count = 0;
	for (let frame = innermost; frame !== null; frame = frame.parent) {
		const { code, site } = frame;
		if (code === null || !isProgram(code)) continue;
		if (code.place === noPlace && code.name === "") continue;
		// A function that owns has a frame of its own around that of its body; it stands first when the body has ended.
		if (frame !== suspended && code.place?.(site) === undefined && code.place !== noPlace) continue;
		if (++count > MOST_FRAMES) {
			lines.push(MORE);
			return;
		}
		lines.push({ code, site });
	}
}

/** Whether the program's author has written a function, and not this library. */
function isProgram(code: Code): boolean {
	return code.place === noPlace || (code as { module?: unknown }).module !== undefined;
}

function extended(error: object, stack: unknown, path: Path): unknown {
	// A hook of the program may make something else of it.
	if (typeof stack !== "string") return stack;
	try {
		const message = String((error as { message?: unknown }).message ?? "");
		const found = message === "" ? -1 : stack.indexOf(message);
		const start = found === -1 ? 0 : found + message.length;
		return stack.slice(0, start) + withPath(stack.slice(start), path);
	} catch {
		return stack;
	}
}

function withPath(lines: string, { own, outer, isInside, isNested }: Path): string {
	const isV8 = /\n {4}at /.test(lines) || !/@.*:\d+:\d+$/m.test(lines);
	const kept: string[] = [];
	/** Behind how many of `kept` the kernel has called the frame. */
	let called = -1;
	let isRuntimeSeen = false;
	let afterShell = false;
	const raw = lines.split("\n");
	for (const line of raw) {
		if (!isRuntime(line)) {
			if (!afterShell) kept.push(withOwnName(line));
			afterShell = false;
			continue;
		}
		isRuntimeSeen = true;
		// What steps a generator, or calls on behalf of the runtime.
		while (kept.length > 0 && MACHINERY.test(kept.at(-1) as string)) kept.pop();
		if (called === -1 && STEP.test(line)) called = kept.length;
		afterShell = SHELL_CALL.test(line);
	}
	// The host has called the kernel: that is no more of the program than the kernel is.
	if (isRuntimeSeen) while (kept.length > 1 && HOST.test(kept.at(-1) as string)) kept.pop();
	const made = (line: Line): string => write(line, isV8);
	const [before, behind] = [own.map(made), outer.map(made)];
	if (!isInside) called = -1;
	else if (called === -1 || isNested) {
		const limit = (Error as { stackTraceLimit?: number }).stackTraceLimit ?? Number.POSITIVE_INFINITY;
		// Which calls stood between is not known.
		if (raw.length > limit && before.length + behind.length > 0) kept.push(CUT);
	}
	const at = called === -1 ? kept.length : Math.min(called, kept.length);
	const rest = kept.slice(at);
	const path = isNested ? [...before, ...rest, ...behind] : [...before, ...behind, ...rest];
	return [...kept.slice(0, at), ...path].join("\n");
}

const CUT = "    ... (cut by Error.stackTraceLimit)";
const MACHINERY = /\.(?:next|throw|return) \(<anonymous>\)$|^ {4}at (?:Reflect|Function)\.\w+ \(<anonymous>\)$/;
const STEP = /\bstep\b/;
const SHELL_CALL = /\b(?:bare|barePrivate|generator)\b/;
const HOST = /[( ]node:|^ {4}at new \w+ \(<anonymous>\)$/;

function write({ code, site }: Line, isV8: boolean): string {
	if (code === MORE.code) return isV8 ? "    ..." : "...@";
	const place = code.place?.(site);
	const name = site === SPAWN ? `spawn ${code.name}`.trimEnd() : code.name;
	if (!isV8) return `async*${name}@${place ?? ""}`;
	if (place === undefined) return `    at async ${name} (<anonymous>)`;
	return name === "" ? `    at async ${place}` : `    at async ${name} (${place})`;
}

/** The body of a compiled `load` is called `$load`. */
function withOwnName(line: string): string {
	return line.replace(/^( {4}at (?:async )?(?:[\w$]+\.)*)\$(?=[\p{ID_Continue}$]+ \()/u, "$1");
}

/** How lines of this library begin to tell their file; found once, in the words in which the engine and its hooks put it. */
let runtime: RegExp | undefined;

/** Bundled or not, with source maps or without. */
const PACKAGE = /[\\/]node_modules[\\/]holdfast[\\/](?:dist|src)[\\/]/;

function isRuntime(line: string): boolean {
	runtime ??= findRuntime();
	return runtime.test(line) || PACKAGE.test(line);
}

function findRuntime(): RegExp {
	const stack = String(new Error("").stack);
	const own = stack.split("\n").find((line) => line.includes("findRuntime")) ?? "";
	const file = /(?:\(|@|at )([^()@]*?):\d+:\d+\)?$/.exec(own)?.[1];
	if (file === undefined) return /$^/;
	const directory = /^(.*[\\/])kernel[\\/]trace\.[jt]s(?:\?.*)?$/.exec(file)?.[1];
	// Tests stand beside what they test.
	if (directory !== undefined) return new RegExp(`${escape(directory)}(?![^:]*\\.test\\.)`);
	// What Vite makes of dependencies holds nothing of the program.
	return file.includes("/.vite/") ? new RegExp(escape(file.replace(/\?.*$/, ""))) : /$^/;
}

function escape(text: string): string {
	return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
