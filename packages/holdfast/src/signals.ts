import { dumpTasks } from "./dump.ts";
import type { Scope } from "./kernel/scope.ts";
import type { Runner } from "./runner.ts";
import { waitsIn } from "./task-path.ts";

/** The signals that ask a program to end. */
export type InterruptName = "SIGINT" | "SIGTERM" | "SIGHUP";

interface HostProcess {
	on(event: string, listener: () => void): void;
	off(event: string, listener: () => void): void;
	exit(code: number): never;
	readonly stderr?: { readonly isTTY?: boolean; write(text: string): unknown };
}

const NUMBERS: Record<InterruptName, number> = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 };

function hostProcess(): HostProcess | undefined {
	const { process } = globalThis as { process?: HostProcess };
	return typeof process?.on === "function" ? process : undefined;
}

/** Listens to signals that ask for the end; the result stops. Does nothing where the host has none. */
export function onInterrupts(
	listener: (name: InterruptName) => void,
	names: readonly InterruptName[] = Object.keys(NUMBERS) as InterruptName[],
): () => void {
	const process = hostProcess();
	const listeners = names.map((name) => [name, () => listener(name)] as const);
	for (const [name, call] of listeners) process?.on(name, call);
	return () => {
		for (const [name, call] of listeners) process?.off(name, call);
	};
}

/**
 * The protocol of Ctrl-C. The first SIGINT, SIGTERM or SIGHUP cancels the run: everything stops, cleanup runs. A second one, or
 * the end of the grace, prints what is still cleaning up and exits at once, with 130, 143 or 129. A signal that somebody
 * waits for (`waitForInterrupt`) goes there instead. SIGUSR2 prints the live tasks.
 */
export function listenToSignals(root: Scope, runner: Runner): () => void {
	const process = hostProcess();
	if (process === undefined) return () => {};
	let graceTimer: ReturnType<typeof setTimeout> | undefined;
	let first = 0;
	const quit = (name: InterruptName): void => {
		const waits = waitsIn(root);
		if (waits !== "") process.stderr?.write(`Still cleaning up:\n${waits}\n`);
		process.exit(128 + NUMBERS[name]);
	};
	const waiting: Set<(name: InterruptName) => boolean> = new Set();
	runner.interruptible = waiting;
	const releaseDump = onDumpRequest(process);
	const release = onInterrupts((name) => {
		if (first !== 0) quit(name);
		let taken = false;
		for (const take of waiting) taken = take(name) || taken;
		if (taken) return;
		first = runner.now();
		const { grace } = root;
		if (grace !== Number.POSITIVE_INFINITY) {
			graceTimer = setTimeout(() => quit(name), grace);
			(graceTimer as { unref?: () => void }).unref?.();
		}
		lastInterrupt = name;
		root.cancelFor({ kind: "signal", text: name, scope: root });
		if (name === "SIGINT" && process.stderr?.isTTY)
			process.stderr.write("\nStopping; press Ctrl-C again to quit at once.\n");
	});
	return () => {
		clearTimeout(graceTimer);
		release();
		releaseDump();
	};
}

let lastInterrupt: InterruptName | undefined;

/** The signal that has last cancelled a run of this process, if one has. */
export function interruptedBy(): InterruptName | undefined {
	return lastInterrupt;
}

let dumpRequests = 0;

/** One listener for all runs. */
function onDumpRequest(process: HostProcess): () => void {
	if (dumpRequests++ === 0) process.on("SIGUSR2", printTasks);
	return () => {
		if (--dumpRequests === 0) process.off("SIGUSR2", printTasks);
	};
}

function printTasks(): void {
	hostProcess()?.stderr?.write(`${dumpTasks()}\n`);
}
