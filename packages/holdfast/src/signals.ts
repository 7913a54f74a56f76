import type { Scope } from "./kernel/scope.ts";
import type { Runner } from "./runner.ts";
import { waitsIn } from "./task-path.ts";

interface HostProcess {
	on(event: string, listener: () => void): void;
	off(event: string, listener: () => void): void;
	exit(code: number): never;
	readonly stderr?: { readonly isTTY?: boolean; write(text: string): unknown };
}

const NUMBERS: Record<string, number> = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 };

/**
 * The protocol of Ctrl-C. The first SIGINT, SIGTERM or SIGHUP cancels the run: everything stops, cleanup runs. A second one, or
 * the end of the grace, prints what is still cleaning up and exits at once, with 130, 143 or 129.
 */
export function listenToSignals(root: Scope, runner: Runner): () => void {
	const process = (globalThis as { process?: HostProcess }).process;
	if (typeof process?.on !== "function") return () => {};
	let graceTimer: ReturnType<typeof setTimeout> | undefined;
	let first = 0;
	const quit = (name: string): void => {
		const waits = waitsIn(root);
		if (waits !== "") process.stderr?.write(`Still cleaning up:\n${waits}\n`);
		process.exit(128 + (NUMBERS[name] ?? 0));
	};
	const listeners = Object.keys(NUMBERS).map((name) => {
		const listener = (): void => {
			if (first !== 0) quit(name);
			first = runner.now();
			const { grace } = root;
			if (grace !== Number.POSITIVE_INFINITY) {
				graceTimer = setTimeout(() => quit(name), grace);
				(graceTimer as { unref?: () => void }).unref?.();
			}
			root.cancelFor({ kind: "signal", text: name, scope: root });
			if (name === "SIGINT" && process.stderr?.isTTY)
				process.stderr.write("\nStopping; press Ctrl-C again to quit at once.\n");
		};
		process.on(name, listener);
		return { name, listener };
	});
	return () => {
		clearTimeout(graceTimer);
		for (const { name, listener } of listeners) process.off(name, listener);
	};
}
