import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { expectNoLeaks } from "@holdfast/testing";
import { type Awaitable, type RunOptions, run } from "holdfast";

/** Runs a main, and checks that nothing is left open afterwards, be it a file that nobody waits for. */
export async function checked<T>(main: () => Awaitable<T>, options: RunOptions = {}): Promise<T> {
	const before = openFiles();
	const left = (): string[] => [...openFiles()].filter((file) => !before.has(file));
	const ended = expectNoLeaks(() => run(main, options));
	await ended.catch(() => {});
	// What the system held up is closed as soon as it lets go.
	for (let turn = 0; left().length > 0 && turn < 200; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
	if (left().length > 0) throw new Error(`Files are left open: ${left().join(", ")}`);
	return ended;
}

/** The files that this process has open, where the system tells: each with its number. */
function openFiles(): Set<string> {
	const files = new Set<string>();
	if (process.platform !== "linux") return files;
	for (const number of readdirSync("/proc/self/fd")) {
		try {
			const path = readlinkSync(`/proc/self/fd/${number}`);
			if (/^\/(?!proc\/|dev\/(null|u?random|pts))/.test(path)) files.add(`${number} ${path}`);
		} catch {
			// The one that the folder is read by.
		}
	}
	return files;
}

/** The error that a promise is rejected with. */
export async function rejectionOf<E = Error>(promise: PromiseLike<unknown>): Promise<E> {
	try {
		await promise;
	} catch (error) {
		return error as E;
	}
	throw new Error("The promise was not rejected.");
}

/** Whether there is a process of that number that has not ended; one that waits to be taken off the list has. */
export function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return process.platform !== "linux" || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
	} catch {
		// Taken off the list, maybe between the two looks.
		return false;
	}
}

/** Whether the system still has the process on its list, ended or not. */
export function isListed(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}

/** Looks again and again whether something is so, without waiting for a certain time. */
export async function eventually(isSo: () => boolean): Promise<void> {
	while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}
