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
		print(branchesOf(runner.base, known), lines);
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

/** A task on the way through the tree, and which of the list stand inside. */
interface Visit {
	readonly task: LiveTask;
	readonly scopes: readonly Scope[];
	first: number;
	end: number;
	branch: Branch | null;
}

/** Goes level by level, then back: tasks may stand in each other a hundred thousand deep. */
function branchesOf(base: Scope, kinds: Kinds): Branch[] {
	const visits: Visit[] = [];
	const visit = (scopes: readonly Scope[]): void => {
		for (const scope of scopes)
			for (let task = scope.firstOwned; task !== null; task = task.nextOwned)
				// Every task above the kernel is a `LiveTask`.
				visits.push({ task: task as LiveTask, scopes: scopesOf(task), first: 0, end: 0, branch: null });
	};
	visit([base]);
	const roots = visits.length;
	for (const entry of visits) {
		entry.first = visits.length;
		visit(entry.scopes);
		entry.end = visits.length;
	}
	const deadlines = new Map<Scope, number>();
	for (let index = visits.length - 1; index >= 0; index--) {
		const entry = visits[index] as Visit;
		entry.branch = branchOf(entry, folded(visits, entry.first, entry.end), kinds, deadlines);
	}
	return folded(visits, 0, roots);
}

/** The scopes of a task, outermost first; the services of a body stand beside its scope. */
function scopesOf(task: KernelTask): Scope[] {
	const scopes: Scope[] = [];
	const beside: Scope[] = [];
	for (let scope: Scope | null = task.scope; scope !== null && scope !== task.home; scope = scope.parent) {
		scopes.push(scope);
		const { services } = scope as Scope & { readonly services?: Scope };
		if (services !== undefined) beside.push(services);
	}
	return [...scopes.reverse(), ...beside];
}

/** Whether a scope is around the running frame of a task, not beside it. */
function isAround(scope: Scope, task: KernelTask): boolean {
	for (let around: Scope | null = task.scope; around !== null && around !== task.home; around = around.parent)
		if (around === scope) return true;
	return false;
}

/** Equal ones as one. */
function folded(visits: readonly Visit[], first: number, end: number): Branch[] {
	const branches = new Map<number, Branch>();
	for (let index = first; index < end; index++) {
		const branch = visits[index]?.branch as Branch;
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

/** As `effectiveDeadline`, for all scopes of a tree: each is looked at once. */
function deadlineOf(inner: Scope, known: Map<Scope, number>): number {
	const path: Scope[] = [];
	let scope: Scope | null = inner;
	for (; scope !== null && !known.has(scope); scope = scope.parent) path.push(scope);
	let earliest = scope === null ? Number.POSITIVE_INFINITY : (known.get(scope) as number);
	for (let next = path.pop(); next !== undefined; next = path.pop()) {
		if (next.reason !== null) earliest = Number.NEGATIVE_INFINITY;
		else if (next.shield) earliest = next.deadline;
		else if (next.insideCleanup) earliest = next.parent?.hard ? Number.NEGATIVE_INFINITY : next.deadline;
		else earliest = Math.min(earliest, next.deadline);
		known.set(next, earliest);
	}
	return earliest;
}

function branchOf(
	{ task, scopes }: Visit,
	children: readonly Branch[],
	kinds: Kinds,
	deadlines: Map<Scope, number>,
): Branch {
	const now = task.runner.now();
	const commonName = task.name === `task-${task.id}` ? "task" : task.name;
	const rest = `${task.state}${waitOf(task)}`;
	const shielded = scopes.some((scope) => scope.shield && isAround(scope, task));
	const timeLeft = task.cleanup > 0 ? Number.POSITIVE_INFINITY : deadlineOf(task.scope, deadlines) - now;
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

/** Deeper levels stand here, with their number. */
const DEEPEST = 40;

function print(branches: readonly Branch[], lines: string[]): void {
	const left = branches.map((branch) => ({ branch, depth: 1 })).reverse();
	for (let next = left.pop(); next !== undefined; next = left.pop()) {
		const { depth } = next;
		const { name, commonName, count, rest, waited, timeLeft, shielded, children } = next.branch;
		let line = `${"  ".repeat(Math.min(depth, DEEPEST))}${depth > DEEPEST ? `(${depth}) ` : ""}`;
		line += `${count === 1 ? name : `${commonName} × ${count}`}: ${rest}`;
		if (waited > 0) line += ` for ${duration(waited)}`;
		if (Math.abs(timeLeft) !== Number.POSITIVE_INFINITY) line += `, deadline in ${duration(Math.max(timeLeft, 0))}`;
		if (shielded) line += ", shielded";
		lines.push(line);
		for (const branch of [...children].reverse()) left.push({ branch, depth: depth + 1 });
	}
}

function duration(milliseconds: number): string {
	return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
