import { currentTask, type Task } from "holdfast";

/** A call that starts a task, in one place of the source, that has outlived its function at least once. */
export interface OutlivingRecord {
	/** The function that returned first: its name, and `file:line:column`. */
	readonly caller: string;
	readonly callerPlace: string;
	/** The call that started the task: the callee as it is written, and `file:line:column`. */
	readonly callee: string;
	readonly place: string;
	/** How often. */
	times: number;
	/** How often its end has not been seen. */
	unfinished: number;
	/** By how many milliseconds it was outlived at most; of those whose end was seen. */
	longest: number;
}

/** A call of an async function, from its first statement to its last. */
export interface Activation {
	readonly name: string;
	readonly place: string;
	/** The calls that it has started without `await` and that have not ended. */
	readonly started: Set<Activation>;
	/** The call by which it was started, if it is a task of its own. */
	readonly by: Call | undefined;
	/** What it is counted in since its caller has returned, and since when. */
	late: { readonly record: OutlivingRecord; readonly since: number } | undefined;
}

interface Call {
	readonly activation: Activation;
	readonly callee: string;
	readonly place: string;
	readonly task: Task | undefined;
}

/**
 * Notes which tasks still ran when the function that started them returned. The compiler puts calls of this into the code
 * if the environment says `HOLDFAST_OUTLIVING=1`, and only then.
 *
 * A function that is entered while a call without `await` is being made, on a task that is not the caller's, is what that
 * call has started.
 */
export class OutlivingRecorder {
	readonly #records: Map<string, OutlivingRecord> = new Map();
	readonly #known: WeakSet<Task> = new WeakSet();
	readonly #now: () => number;
	#call: Call | undefined;
	#tasks = 0;

	constructor(now: () => number = () => performance.now()) {
		this.#now = now;
	}

	/** How many calls without `await` have started a task. */
	get tasks(): number {
		return this.#tasks;
	}

	/** Begins an activation of the function that stands at `place`. */
	enter(name: string, place: string): Activation {
		const task = runningTask();
		const call = this.#call;
		const isStart = call !== undefined && task !== undefined && task !== call.task && !this.#known.has(task);
		const activation: Activation = { name, place, started: new Set(), by: isStart ? call : undefined, late: undefined };
		if (isStart) {
			this.#tasks++;
			this.#known.add(task);
			call.activation.started.add(activation);
		}
		return activation;
	}

	/** Makes a call that is not awaited; gives what it gives. */
	call<T>(activation: Activation, callee: string, place: string, call: () => T): T {
		const outer = this.#call;
		this.#call = { activation, callee, place, task: runningTask() };
		try {
			return call();
		} finally {
			this.#call = outer;
		}
	}

	/** Ends an activation: by its value, by an error, or by a cancellation. */
	leave(activation: Activation): void {
		const { by, late } = activation;
		const now = this.#now();
		by?.activation.started.delete(activation);
		if (late !== undefined) {
			late.record.unfinished--;
			late.record.longest = Math.max(late.record.longest, now - late.since);
		}
		// Where all is being stopped, in whatever order, nothing outlives anything.
		if (activation.started.size === 0 || runningTask()?.state === "cancelling") return;
		for (const child of activation.started) {
			const record = this.#recordOf(activation, child.by as Call);
			record.times++;
			record.unfinished++;
			child.late = { record, since: now };
		}
		activation.started.clear();
	}

	/** What has been found so far: the most frequent first, then the longest. */
	get records(): OutlivingRecord[] {
		return [...this.#records.values()].sort((a, b) => b.times - a.times || b.longest - a.longest);
	}

	#recordOf({ name, place }: Activation, call: Call): OutlivingRecord {
		const key = `${place} ${call.place}`;
		let record = this.#records.get(key);
		if (record === undefined) {
			const { callee } = call;
			record = { caller: name, callerPlace: place, callee, place: call.place, times: 0, unfinished: 0, longest: 0 };
			this.#records.set(key, record);
		}
		return record;
	}
}

/** What a recorder has found, in words, for a terminal. */
export function describeRecords(recorder: OutlivingRecorder): string {
	const { records, tasks } = recorder;
	const started = `${tasks} ${tasks === 1 ? "task was" : "tasks were"} started by calls without await`;
	if (records.length === 0) return `holdfast: no task has outlived the function that started it (${started}).\n`;
	const functions = new Map<string, OutlivingRecord[]>();
	for (const record of records) {
		const key = `${record.caller || "(anonymous)"}  ${record.callerPlace}`;
		functions.set(key, [...(functions.get(key) ?? []), record]);
	}
	const lines = [
		`holdfast: ${functions.size} ${functions.size === 1 ? "function has" : "functions have"} returned before tasks that ${functions.size === 1 ? "it" : "they"} had started (${started}).`,
		`          With structure: "function" they wait for them.`,
	];
	for (const [name, calls] of functions)
		lines.push(
			"",
			`  ${name}`,
			...calls.map((call) => `      ${call.callee}()  ${call.place}  ${describeRecord(call)}`),
		);
	return `${lines.join("\n")}\n`;
}

function describeRecord({ times, unfinished, longest }: OutlivingRecord): string {
	const parts = [times === 1 ? "once" : `${times} times`];
	if (unfinished < times) parts.push(`${times === 1 ? "" : "up to "}${describeTime(longest)} longer`);
	if (unfinished > 0) parts.push(`${describeUnseen(times, unfinished)} not seen`);
	return parts.join(", ");
}

function describeUnseen(times: number, unfinished: number): string {
	if (unfinished === times) return times === 1 ? "its end was" : "their ends were";
	return unfinished === 1 ? "the end of one was" : `the ends of ${unfinished} were`;
}

function describeTime(milliseconds: number): string {
	if (milliseconds < 1) return "less than 1 ms";
	return milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}

/** The task whose code is running; `undefined` outside of every task. */
function runningTask(): Task | undefined {
	try {
		return currentTask();
	} catch {
		return undefined;
	}
}
