import type { Scope } from "./kernel/scope.ts";
import { state } from "./kernel/state.ts";
import type { KernelTask } from "./kernel/task.ts";
import { liveRunners } from "./live-runners.ts";
import type { LiveTask } from "./task.ts";
import { placeOf } from "./task-path.ts";

/**
 * The live tasks of all runs as an indented text: of each its name, its state, what it waits for, where (in compiled
 * code) and for how long, its deadline, and whether it is shielded. A task stands below the one whose scope owns it.
 * Equal subtrees are folded: `worker × 1000`, with their longest wait and their earliest deadline.
 *
 * For people: the format may change. May be called from anywhere; it changes nothing.
 *
 * @example
 * setTimeout(() => console.log(dumpTasks()), 5_000);
 * // main
 * //   main: running, waits for the end of its tasks for 5.0 s
 * //     crawl × 8: running, waits for Receiver.receive at src/crawl.ts:12:3 for 1.2 s
 */
export function dumpTasks(): string {
	const lines: string[] = [];
	for (const runner of liveRunners) {
		lines.push(runner.name);
		const known: Kinds = new Map();
		print(branchesOf([runner.base], known), 1, lines);
	}
	return lines.length === 0 ? "No run is alive." : lines.join("\n");
}

/** A number for each kind of subtree, known by what is printed of it without its times. */
type Kinds = Map<string, number>;

/** Equal subtrees. */
interface Branch {
	readonly kind: number;
	/** Of a single task with a name of its own. */
	readonly name: string;
	readonly commonName: string;
	readonly rest: string;
	readonly shielded: boolean;
	readonly children: readonly Branch[];
	count: number;
	waited: number;
	timeLeft: number;
}

function branchesOf(scopes: readonly Scope[], kinds: Kinds): Branch[] {
	const branches = new Map<number, Branch>();
	for (const scope of scopes)
		for (let task = scope.firstOwned; task !== null; task = task.nextOwned) {
			// Every task above the kernel is a `LiveTask`.
			const branch = branchOf(task as LiveTask, kinds);
			const equal = branches.get(branch.kind);
			if (equal === undefined) branches.set(branch.kind, branch);
			else {
				equal.count++;
				equal.waited = Math.max(equal.waited, branch.waited);
				equal.timeLeft = Math.min(equal.timeLeft, branch.timeLeft);
			}
		}
	return [...branches.values()];
}

function branchOf(task: LiveTask, kinds: Kinds): Branch {
	const scopes: Scope[] = [];
	const beside: Scope[] = [];
	for (let scope: Scope | null = task.scope; scope !== null && scope !== task.home; scope = scope.parent) {
		scopes.push(scope);
		// The services of a body stand beside its scope.
		const { services } = scope as Scope & { readonly services?: Scope };
		if (services !== undefined) beside.push(services);
	}
	const children = branchesOf([...scopes.reverse(), ...beside], kinds);
	const now = task.runner.now();
	const commonName = task.name === `task-${task.id}` ? "task" : task.name;
	const rest = `${task.state}${waitOf(task)}`;
	const shielded = scopes.some((scope) => scope.shield);
	const timeLeft = task.cleanup > 0 ? Number.POSITIVE_INFINITY : task.scope.effectiveDeadline - now;
	const description = JSON.stringify([
		commonName,
		rest,
		shielded,
		Math.abs(timeLeft) === Number.POSITIVE_INFINITY,
		children.map(({ kind, count }) => [kind, count]),
	]);
	let kind = kinds.get(description);
	if (kind === undefined) kinds.set(description, (kind = kinds.size));
	const waited = task.operation === null ? 0 : Math.max(now - task.since, 0);
	return { kind, name: task.name, commonName, rest, shielded, children, count: 1, waited, timeLeft };
}

function waitOf(task: KernelTask): string {
	if (task === state.task) return ", on the stack now";
	if (task.top === null) return "";
	if (task.operation === null) return ", ready";
	return `, waits for ${task.operation.label ?? "something"}${placeOf(task)}`;
}

function print(branches: readonly Branch[], depth: number, lines: string[]): void {
	for (const { name, commonName, count, rest, waited, timeLeft, shielded, children } of branches) {
		let line = `${"  ".repeat(depth)}${count === 1 ? name : `${commonName} × ${count}`}: ${rest}`;
		if (waited > 0) line += ` for ${duration(waited)}`;
		if (Math.abs(timeLeft) !== Number.POSITIVE_INFINITY) line += `, deadline in ${duration(Math.max(timeLeft, 0))}`;
		if (shielded) line += ", shielded";
		lines.push(line);
		print(children, depth + 1, lines);
	}
}

function duration(milliseconds: number): string {
	return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
