// What the tests of workers run in their threads.
import {
	ContextVar,
	cleanup,
	coroutine,
	currentDeadline,
	currentScope,
	moveOnAfter,
	now,
	sleep,
	sleepForever,
	until,
} from "holdfast";
import { runInWorker, shareWithWorkers, transfer } from "../src/workers.ts";

export const requestId: ContextVar<unknown> = new ContextVar<unknown>("requestId");
export const alone: ContextVar<string> = new ContextVar<string>("alone", { default: "nothing" });
shareWithWorkers(requestId);

export function add(a: number, b: number): number {
	return a + b;
}

export const addLater = coroutine(function* (a: number, b: number) {
	yield* sleep(1);
	return a + b;
});

export async function addNatively(a: number, b: number): Promise<number> {
	await sleep(1);
	return a + b;
}

export default function* generate(n: number): Generator<never, number, unknown> {
	yield* sleep(1);
	return n;
}

export const notAFunction = 7;

export class OwnError extends RangeError {
	override readonly name: string = "OwnError";
	readonly code: string = "E_OWN";
	readonly detail: { readonly place: string } = { place: "worker" };
	readonly callback: () => void = () => {};
}

export function fail(): never {
	throw new OwnError("it failed", { cause: new TypeError("the cause") });
}

export function failWithValue(value: unknown): never {
	throw value;
}

export function failWithFunction(): never {
	throw () => 1;
}

export const context = coroutine(function* () {
	yield* sleep(1);
	const seen = [requestId.get(), alone.get()];
	requestId.set("changed in the worker");
	return seen;
});

export function deadline(): number {
	return currentDeadline() - now();
}

/** Waits until it is cancelled, and tells through the port what it sees of that. */
export function* stubborn(log: Int32Array, cleanupTime: number, failure?: string): Generator<never, void, unknown> {
	Atomics.store(log, 0, 1);
	Atomics.notify(log, 0);
	try {
		yield* sleepForever();
	} finally {
		Atomics.store(log, 1, 1);
		yield* cleanup(function* () {
			yield* sleep(cleanupTime);
			Atomics.store(log, 2, 1);
			if (failure !== undefined) throw new Error(failure);
		});
	}
}

export function* reasonOfCancellation(port: { postMessage(value: unknown): void }): Generator<never, void, unknown> {
	port.postMessage("begun");
	try {
		yield* sleepForever();
	} catch (error) {
		port.postMessage([(error as { reason: { kind: string } }).reason.kind, (error as Error).message]);
		throw error;
	}
}

export function loop(log?: Int32Array): never {
	if (log !== undefined) Atomics.store(log, 0, 1);
	for (;;);
}

export function exit(code: number): void {
	process.exit(code);
}

export function crashLater(): Promise<never> {
	setTimeout(() => {
		throw new Error("nobody catches this");
	}, 1);
	return new Promise(() => {});
}

export function eat(): number {
	const all: number[][] = [];
	for (;;) all.push(new Array(100_000).fill(1.5));
}

export function pixels(size: number): Uint8Array {
	const made = new Uint8Array(size).fill(7);
	return transfer(made, [made.buffer]);
}

export function byteLength(buffer: ArrayBuffer): number {
	return buffer.byteLength;
}

export function uncloneable(): () => void {
	return () => {};
}

export function cancelItself(): string {
	currentScope().cancel("by itself");
	return "a value all the same";
}

export function* report(): Generator<never, string, unknown> {
	const failing = new Promise((_, reject) => setTimeout(reject, 5, new Error("lost")));
	yield* moveOnAfter(1, () => until(failing));
	yield* sleep(20);
	return "done";
}

export async function nested(): Promise<number> {
	return await runInWorker((n: number) => n + 1, [1]);
}

export function hold(log: Int32Array): void {
	Atomics.add(log, 0, 1);
	Atomics.notify(log, 0);
	Atomics.wait(log, 1, 0, 20_000);
	Atomics.sub(log, 0, 1);
}
