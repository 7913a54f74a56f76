import { readFileSync } from "node:fs";
import { expectNoLeaks } from "@holdfast/testing";
import { type Awaitable, type RunOptions, run } from "holdfast";

/** Runs a main, and checks that nothing is left open afterwards. */
export function checked<T>(main: () => Awaitable<T>, options: RunOptions = {}): Promise<T> {
	return expectNoLeaks(() => run(main, options));
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
	} catch {
		return false;
	}
	return process.platform !== "linux" || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
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
