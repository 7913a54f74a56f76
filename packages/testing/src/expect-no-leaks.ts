import { type LiveThing, census as liveThings } from "holdfast/inspect";
import { listenerKind, type Origins, watchOrigins } from "./origins.ts";

/** Something was left open; `left` lists it. */
export class LeakError extends Error {
	override readonly name: string = "LeakError";
	readonly code: string = "HOLDFAST_LEAK";
	/** For example `["task worker (main › crawl › worker): running, waits for Event.wait", "2 Timeout (load (src/app.ts:3:5))"]`. */
	readonly left: readonly string[];

	constructor(left: readonly string[]) {
		super(`Left open:\n  ${left.join("\n  ")}\nClose, await or cancel what the body has begun before it ends.`);
		this.left = left;
	}
}

/** Options of `expectNoLeaks`. */
export interface LeakOptions {
	/** For how many milliseconds the host's handles may still be closing (default 500). */
	patience?: number;
}

/**
 * Runs `body` and then looks whether it has left anything behind, and says what and where it began:
 * - of Holdfast, in all runs that are alive: tasks, scopes and task groups that were opened and not closed, coroutines that
 *   were made and never started. These must be over when the body is;
 * - of the host: timers, sockets, servers, processes and other handles that keep Node alive, and listeners of `process`.
 *   What closes within `patience` is fine.
 *
 * Gives what the body gives; an error of the body is thrown as it is. May be called inside a run, around a part of it.
 *
 * It counts the whole process, so nothing else may begin meanwhile: no other test at the same time. It does not see memory,
 * files that are open without a pending operation, and what does not keep the process alive (`unref()`). Where the host does
 * not tell about its handles (outside of Node), only those of Holdfast are looked at.
 *
 * @throws LeakError
 * @example
 * await expectNoLeaks(() => run(main));
 */
export async function expectNoLeaks<T>(
	body: () => T | PromiseLike<T>,
	{ patience = 500 }: LeakOptions = {},
): Promise<T> {
	if (typeof body !== "function")
		throw new TypeError("expectNoLeaks() takes a function: pass the function, not its call.");
	if (!(patience >= 0)) throw new RangeError(`expectNoLeaks: patience is ${patience}; it is a number of milliseconds.`);
	const things = liveThings();
	const before = handles();
	const origins = watchOrigins();
	try {
		const value = await body();
		const left = newThings(things, liveThings());
		const end = performance.now() + patience;
		let open = newHandles(before, origins);
		while (left.length === 0 && open.length > 0 && performance.now() < end) {
			await turn();
			open = newHandles(before, origins);
		}
		if (left.length + open.length > 0) throw new LeakError([...left, ...open]);
		return value;
	} finally {
		origins.stop();
	}
}

/** What is new, outermost only: a task stands for everything inside it. */
function newThings(before: ReadonlyMap<object, LiveThing>, after: ReadonlyMap<object, LiveThing>): string[] {
	const left = new Map<string, number>();
	for (const [key, { kind, name, path, status, within }] of after) {
		if (before.has(key) || isWithinNew(within, before, after)) continue;
		const what = name === "" ? kind : `${kind} ${name}${kind === "coroutine" ? "()" : ""}`;
		const text = `${what} (${kind === "task" ? "" : "made in "}${path})${kind === "coroutine" ? ", never awaited" : status === "" ? "" : `: ${status}`}`;
		left.set(text, (left.get(text) ?? 0) + 1);
	}
	return [...left].map(([text, count]) => (count === 1 ? text : `${count} × ${text}`));
}

function isWithinNew(
	within: object | undefined,
	before: ReadonlyMap<object, LiveThing>,
	after: ReadonlyMap<object, LiveThing>,
): boolean {
	return within !== undefined && after.has(within) && !before.has(within);
}

interface HostProcess {
	getActiveResourcesInfo(): string[];
	eventNames(): (string | symbol)[];
	listenerCount(event: string | symbol): number;
}

function handles(): ReadonlyMap<string, number> {
	const counts = new Map<string, number>();
	const { process } = globalThis as unknown as { process?: Partial<HostProcess> };
	for (const kind of process?.getActiveResourcesInfo?.() ?? [])
		if (!PASSING.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
	// This check listens to it itself.
	for (const event of process?.eventNames?.() ?? [])
		if (event !== "newListener") counts.set(listenerKind(event), process?.listenerCount?.(event) ?? 0);
	return counts;
}

/** What this check itself makes, and what is over with the turn in which it is seen. */
const PASSING = new Set(["Immediate", "TickObject", "Microtask", "CloseReq"]);

function newHandles(before: ReadonlyMap<string, number>, origins: Origins): string[] {
	const left: string[] = [];
	for (const [kind, count] of handles()) {
		const more = count - (before.get(kind) ?? 0);
		if (more <= 0) continue;
		const places = [...new Set(origins.placesOf(kind).slice(0, more))];
		left.push(`${more} ${kind}${places.length === 0 ? "" : ` (${places.join("; ")})`}`);
	}
	return left;
}

/** Lets Node have a turn, without a timer that would be counted. */
function turn(): Promise<void> {
	return new Promise((resolve) => {
		const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => unknown };
		if (setImmediate === undefined) setTimeout(resolve, 0);
		else setImmediate(resolve);
	});
}
