import { type ChildProcess, spawn } from "node:child_process";
import { isatty } from "node:tty";
import {
	BrokenResourceError,
	type Coroutine,
	cleanup,
	coroutine,
	moveOnAfter,
	type Resume,
	shield,
	suspend,
} from "holdfast";
import { interruptedBy } from "holdfast/inspect";
import { type Guarded, guardExit } from "./exit-guard.ts";
import { notSynchronous } from "./not-synchronous.ts";
import { commandLine, type ExitStatus } from "./process-errors.ts";
import { hasGroups, isGroupAlive, sendSignal } from "./process-group.ts";
import { type Command, GRACE, startError } from "./process-options.ts";

/** What the program gets as its standard input, output and error. */
export type Stdio = readonly ("pipe" | "inherit" | "ignore" | number)[];

/** How long the system may take to take a process off its list that was killed, in milliseconds. */
const REAPING = 1_000;
/** How often it is looked whether a group is empty whose leader has ended: the system tells nobody. In milliseconds. */
const FIRST_LOOK = 5;
const LAST_LOOK = 100;

const NOBODY: Guarded = { forward() {}, destroy() {} };

/**
 * A started program, from its start until neither it nor anybody of its group is left.
 *
 * started ── exit of the leader ──> exited ── last of its group ──> gone
 *
 * Signals are sent only before it is gone: after that its number may be another's.
 */
export class ProcessLifetime {
	readonly command: Command;
	readonly child: ChildProcess;
	readonly pid: number;
	readonly ownGroup: boolean;
	/** Set when the program itself has ended. */
	status: ExitStatus | undefined;
	gone = false;
	readonly #exitWaiters: Set<() => void> = new Set();
	readonly #goneWaiters: Set<() => void> = new Set();
	readonly #release: () => void;
	#look: ReturnType<typeof setTimeout> | undefined;

	private constructor(command: Command, child: ChildProcess, pid: number, ownGroup: boolean) {
		this.command = command;
		this.child = child;
		this.pid = pid;
		this.ownGroup = ownGroup;
		// What comes after the start is about signals that could not be sent; those are sent here.
		child.on("error", () => {});
		child.once("exit", (exitCode, signal) => this.#exited({ exitCode, signal }));
		this.#release = guardExit({
			// The terminal has told its own group of Ctrl-C already.
			forward: (signal) => {
				if (ownGroup || signal === "SIGTERM") this.signal(signal);
			},
			destroy: () => this.signal("SIGKILL"),
		});
	}

	/**
	 * Starts the program. Nothing else runs between its start and the return: whoever listens to its outputs at once hears
	 * everything. (The host empties those that nobody listens to.)
	 */
	static *start(command: Command, stdio: Stdio): Generator<never, ProcessLifetime, unknown> {
		yield* notSynchronous(command.what);
		const started = ProcessLifetime.startNow(command, stdio);
		if (started instanceof ProcessLifetime) return started;
		const { child } = started;
		const error = yield* suspend<unknown>(
			(resume) => {
				child.once("error", resume);
				// It is over in this turn of the host.
			},
			{ label: command.what, outside: true },
		);
		throw startError(command, error);
	}

	/** Starts the program, or gives the child that will say why not. */
	static startNow(command: Command, stdio: Stdio): ProcessLifetime | { readonly child: ChildProcess } {
		const { shell = false, uid, gid, ownGroup = stdio[0] !== "inherit" } = command.options;
		const detached = ownGroup && hasGroups;
		// A signal may end this process as soon as there is a child, which must hear of it.
		const release = guardExit(NOBODY);
		try {
			const child = spawn(command.command, [...command.args], {
				cwd: command.cwd,
				env: command.env,
				shell,
				detached,
				windowsHide: true,
				stdio: [...stdio],
				...(uid === undefined ? {} : { uid }),
				...(gid === undefined ? {} : { gid }),
			});
			const { pid } = child;
			return pid === undefined ? { child } : new ProcessLifetime(command, child, pid, detached);
		} catch (error) {
			throw startError(command, error);
		} finally {
			release();
		}
	}

	/** Sends a signal to the program and its group. Tells whether there was anybody to get it. */
	signal(signal: NodeJS.Signals): boolean {
		if (this.gone) return false;
		// On Windows every signal is the end of the process, and of that one alone.
		if (!hasGroups && (signal === "SIGKILL" || signal === "SIGTERM")) this.#endTree();
		if (!this.ownGroup) return this.status === undefined && this.child.kill(signal);
		return sendSignal(this.pid, true, signal);
	}

	/** Sends the signal that asks it to end; one that was stopped (Ctrl-Z) wakes up to hear it. */
	ask(signal: NodeJS.Signals): void {
		if (this.signal(signal) && hasGroups) this.signal("SIGCONT");
	}

	/** Waits until the program itself has ended. */
	exited(): Coroutine<void> {
		return this.#wait(() => this.status !== undefined, this.#exitWaiters);
	}

	/** Waits until nobody of its group is left. */
	allGone(): Coroutine<void> {
		return this.#wait(() => this.gone, this.#goneWaiters);
	}

	#wait(isOver: () => boolean, waiters: Set<() => void>): Coroutine<void> {
		return suspend<void>(
			(resume: Resume<void>) => {
				if (isOver()) {
					resume();
					return undefined;
				}
				const wake = (): void => resume();
				waiters.add(wake);
				return () => {
					waiters.delete(wake);
				};
			},
			{ label: `the end of ${commandLine(this.command.command, this.command.args)}`, outside: true },
		);
	}

	#exited(status: ExitStatus): void {
		this.status = status;
		wakeAll(this.#exitWaiters);
		this.#lookForOthers(FIRST_LOOK);
	}

	#lookForOthers(next: number): void {
		if (this.ownGroup && isGroupAlive(this.pid)) {
			this.#look = setTimeout(() => this.#lookForOthers(Math.min(next * 2, LAST_LOOK)), next);
			return;
		}
		this.gone = true;
		this.#release();
		wakeAll(this.#goneWaiters);
	}

	/** Nobody waits any more for what could not be ended. */
	giveUp(): void {
		clearTimeout(this.#look);
		this.#release();
		this.child.unref();
	}

	/** Windows: a process and all that it has started, by the tool that the system has for it. */
	#endTree(): void {
		spawn("taskkill", ["/pid", String(this.pid), "/T", "/F"], { stdio: "ignore", windowsHide: true }).on("error", () =>
			this.child.kill(),
		);
	}
}

function wakeAll(waiters: Set<() => void>): void {
	for (const wake of waiters) wake();
	waiters.clear();
}

/**
 * Asks all of them to end, and ends after the grace those that have not. Waits until all are gone. (Trio's `run_process` does
 * this for one process, systemd for a whole group.)
 */
export const endAll: (all: readonly ProcessLifetime[]) => Coroutine<void> = /* @__PURE__ */ coroutine(function* endAll(
	all: readonly ProcessLifetime[],
): Generator<never, void, unknown> {
	const left = (): ProcessLifetime[] => all.filter(({ gone }) => !gone);
	const [first] = left();
	if (first === undefined) return;
	const { stopSignal = "SIGTERM", grace = GRACE } = first.command.options;
	const allGone = function* (): Generator<never, void, unknown> {
		for (const one of left()) yield* one.allGone();
	};
	// To some programs a second signal means: at once. Ctrl-C in a terminal has told those of its group already.
	const told = !first.ownGroup && isatty(0) && interruptedBy() === "SIGINT";
	const patience = told ? Math.min(grace, GRACE) / 2 : 0;
	try {
		if (told) yield* cleanup(() => moveOnAfter(patience, allGone));
		// Before anything waits: in a scope whose grace is over no wait is allowed.
		for (const one of left()) one.ask(stopSignal);
		yield* cleanup(() => moveOnAfter(grace - patience, allGone));
	} finally {
		for (const one of left()) one.signal("SIGKILL");
		if (left().length > 0) yield* shield(() => moveOnAfter(REAPING, allGone));
		for (const one of left()) one.giveUp();
	}
	const [stubborn] = left();
	if (stubborn !== undefined)
		throw new BrokenResourceError(
			`${commandLine(stubborn.command.command, stubborn.command.args)} (process ${stubborn.pid}) could not be ended, not even by SIGKILL: it runs as another user, or the system holds it.`,
		);
});
