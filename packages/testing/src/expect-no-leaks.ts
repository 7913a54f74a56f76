/** Something was left open; `left` lists it, one entry per kind. */
export class LeakError extends Error {
	override readonly name: string = "LeakError";
	readonly code: string = "HOLDFAST_LEAK";
	/** For example `["2 Timeout", "1 listener of process for SIGINT"]`. */
	readonly left: readonly string[];

	constructor(left: readonly string[]) {
		super(`Left open: ${left.join(", ")}. Close what the body has opened before it ends.`);
		this.left = left;
	}
}

/**
 * Runs `body` and then looks whether it has left anything behind: timers, sockets, servers, processes and other
 * handles that keep Node alive, and listeners of `process`. What closes within `patience` milliseconds (default 500) is
 * fine. Gives what the body gives.
 *
 * It counts the whole process, so nothing else may open handles meanwhile: no other test at the same time. It does not
 * see memory, files that are open without a pending operation, and what does not keep the process alive (`unref()`).
 * Outside of Node it only runs the body.
 *
 * @throws LeakError
 * @example
 * await expectNoLeaks(() => run(main));
 */
export async function expectNoLeaks<T>(
	body: () => T | PromiseLike<T>,
	{ patience = 500 }: { patience?: number } = {},
): Promise<T> {
	if (typeof body !== "function")
		throw new TypeError("expectNoLeaks() takes a function: pass the function, not its call.");
	if (!(patience >= 0)) throw new RangeError(`expectNoLeaks: patience is ${patience}; it is a number of milliseconds.`);
	const before = census();
	const value = await body();
	const end = performance.now() + patience;
	let left = difference(before, census());
	while (left.length > 0) {
		if (performance.now() >= end) throw new LeakError(left);
		await turn();
		left = difference(before, census());
	}
	return value;
}

type Census = ReadonlyMap<string, number>;

interface HostProcess {
	getActiveResourcesInfo(): string[];
	eventNames(): (string | symbol)[];
	listenerCount(event: string | symbol): number;
}

function census(): Census {
	const counts = new Map<string, number>();
	const { process } = globalThis as unknown as { process?: Partial<HostProcess> };
	for (const kind of process?.getActiveResourcesInfo?.() ?? [])
		if (!PASSING.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
	for (const event of process?.eventNames?.() ?? [])
		counts.set(`listener of process for ${String(event)}`, process?.listenerCount?.(event) ?? 0);
	return counts;
}

/** What this check itself makes, and what is over with the turn in which it is seen. */
const PASSING = new Set(["Immediate", "TickObject", "Microtask", "CloseReq"]);

function difference(before: Census, after: Census): string[] {
	const left: string[] = [];
	for (const [kind, count] of after) {
		const more = count - (before.get(kind) ?? 0);
		if (more > 0) left.push(`${more} ${kind}`);
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
