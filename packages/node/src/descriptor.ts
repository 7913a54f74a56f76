import * as fs from "node:fs";
import { ClosedResourceError, type Coroutine, coroutine, moveOnAfter, suspend } from "holdfast";
import { fileError } from "./file-errors.ts";
import { hostCall, PATIENCE } from "./host-call.ts";

/** Begins an operation on a descriptor in the host's thread pool. */
type Begin<T> = (descriptor: number, done: (error: unknown, value?: T) => void) => void;

/** What `call` is to do. */
export interface DescriptorCall<T> {
	readonly operation: string;
	start: Begin<T>;
	sync(descriptor: number): T;
	readonly changes?: boolean;
	late?(value: T): void;
}

/**
 * An open file of the system. It is given back exactly once, and never while the host still works on it: its number would
 * be another's then. So an operation that was left alone puts the closing off; nobody who closes has to care.
 */
export class Descriptor {
	readonly path: string;
	/** Whether it has positions, unlike a pipe, a terminal or a device. */
	readonly isRegular: boolean;
	/** Its size when it was opened. */
	readonly size: number;
	/** Permissions of the file when it was opened. */
	readonly mode: number;
	readonly #number: number;
	/** It was opened in a synchronous run, which is still the one in which it is closed. */
	readonly #sync: boolean;
	/** Operations that the host is working on. */
	#pending = 0;
	#closing = false;
	#closed = false;
	#closeError: unknown;
	/** Ends the waits of those who use it while it is closed. */
	readonly #waiting: Set<(error: unknown) => void> = new Set();
	readonly #closers: Set<() => void> = new Set();

	constructor(path: string, number: number, stats: fs.Stats, sync: boolean) {
		this.path = path;
		this.#number = number;
		this.#sync = sync;
		this.isRegular = stats.isFile();
		this.size = stats.size;
		this.mode = stats.mode & 0o7777;
	}

	get isOpen(): boolean {
		return !this.#closing;
	}

	/**
	 * One operation of the host. Cancelled: see `hostCall`.
	 * @throws ClosedResourceError if it is closed before or meanwhile
	 */
	call<T>(call: DescriptorCall<T>): Coroutine<T> {
		return callDescriptor(this, call) as Coroutine<T>;
	}

	/** @internal */
	*run(call: DescriptorCall<unknown>): Generator<never, unknown, unknown> {
		if (this.#closing) throw this.#closedError(call.operation);
		return yield* hostCall<unknown>({
			operation: call.operation,
			path: this.path,
			changes: call.changes ?? false,
			waiting: this.#waiting,
			start: (done) => {
				this.#pending++;
				call.start(this.#number, (error, value) => {
					this.#pending--;
					if (this.#closing) this.#closeWhenIdle();
					done(error, value);
				});
			},
			sync: () => call.sync(this.#number),
			...(call.late === undefined ? {} : { late: call.late }),
		});
	}

	/**
	 * Gives it back, and waits until the system has it. Begins at once, also where no wait is allowed. Whoever waits for an
	 * operation gets `ClosedResourceError`. A second call waits for the same. What is no regular file is waited for a moment
	 * only, and closed as soon as the system lets go of it.
	 */
	close(): Coroutine<void> {
		return closeDescriptor(this);
	}

	/** Begins to close it. */
	closeNow(): void {
		if (this.#closing) return;
		this.#closing = true;
		const error = new ClosedResourceError(`The file ${JSON.stringify(this.path)} was closed while it was in use.`);
		for (const fail of [...this.#waiting]) fail(error);
		this.#closeWhenIdle();
	}

	/** @internal */
	*closed(): Generator<never, void, unknown> {
		const wait = (): Coroutine<void> =>
			suspend<void>(
				(resume) => {
					const wake = (): void => resume();
					this.#closers.add(wake);
					return () => {
						this.#closers.delete(wake);
					};
				},
				{ label: `the closing of ${this.path}`, outside: true },
			);
		// A pipe or a terminal may hold up a read for ever, for it waits for somebody else. A disk does not.
		if (this.#pending > 0 && !this.isRegular) yield* moveOnAfter(PATIENCE, wait);
		else if (!this.#closed) yield* wait();
		const error = this.#closeError;
		this.#closeError = undefined;
		if (error) throw fileError(error, "close", this.path);
	}

	#closeWhenIdle(): void {
		if (this.#pending > 0) return;
		const done = (error?: unknown): void => {
			this.#closed = true;
			this.#closeError = error;
			for (const wake of this.#closers) wake();
			this.#closers.clear();
		};
		if (!this.#sync) {
			fs.close(this.#number, done);
			return;
		}
		try {
			fs.closeSync(this.#number);
			done();
		} catch (error) {
			done(error);
		}
	}

	#closedError(operation: string): ClosedResourceError {
		return new ClosedResourceError(`${operation}: the file ${JSON.stringify(this.path)} was closed on this side.`);
	}
}

const callDescriptor = /* @__PURE__ */ coroutine(function* callDescriptor(
	descriptor: Descriptor,
	call: DescriptorCall<never>,
): Generator<never, unknown, unknown> {
	return yield* descriptor.run(call as unknown as DescriptorCall<unknown>);
}) as (descriptor: Descriptor, call: unknown) => Coroutine<unknown>;

const closeDescriptor = /* @__PURE__ */ coroutine(function* close(
	descriptor: Descriptor,
): Generator<never, void, unknown> {
	descriptor.closeNow();
	yield* descriptor.closed();
});

/**
 * Opens a file. Cancelled: what comes late is closed as soon as it is there. With `changes` it is waited for, since the caller
 * wants to know whether the file was made; `late` is told then, too.
 * @throws TypeError, from the host, for flags that it does not know
 */
export function openDescriptor(
	operation: string,
	path: string,
	flags: string,
	mode: number,
	changes: boolean = false,
	late?: () => void,
): Coroutine<Descriptor> {
	return hostCall<Descriptor>({
		operation,
		path,
		changes,
		start: (done) =>
			fs.open(path, flags, mode, (error, number) => {
				if (error) {
					done(error);
					return;
				}
				fs.fstat(number, (statError, stats) => {
					if (statError) fs.close(number, () => done(statError));
					else done(null, new Descriptor(path, number, stats, false));
				});
			}),
		sync: () => {
			const number = fs.openSync(path, flags, mode);
			try {
				return new Descriptor(path, number, fs.fstatSync(number), true);
			} catch (error) {
				fs.closeSync(number);
				throw error;
			}
		},
		late: (descriptor) => {
			descriptor.closeNow();
			late?.();
		},
	});
}

const LARGEST_WRITE = 2 ** 20;

/**
 * Writes all of the bytes, in parts between which it can be cancelled. Calls `written` with the size of each part.
 * Without a position it writes where the system stands.
 */
export function* writeFully(
	descriptor: Descriptor,
	operation: string,
	bytes: Uint8Array,
	position: number | null,
	written?: (count: number) => void,
): Generator<never, void, unknown> {
	let offset = 0;
	while (offset < bytes.length) {
		const from = offset;
		const length = Math.min(LARGEST_WRITE, bytes.length - from);
		const at = position === null ? null : position + from;
		const count = yield* descriptor.call<number>({
			operation,
			changes: true,
			start: (number, done) =>
				fs.write(number, bytes, from, length, at, (error, wrote) => {
					if (!error) written?.(wrote);
					done(error, wrote);
				}),
			sync: (number) => {
				const wrote = fs.writeSync(number, bytes, from, length, at);
				written?.(wrote);
				return wrote;
			},
		});
		offset += count;
	}
}

/** Has the system put everything that was written onto the disk. */
export function* flushDescriptor(descriptor: Descriptor, operation: string): Generator<never, void, unknown> {
	yield* descriptor.call<void>({
		operation,
		changes: true,
		start: (number, done) => fs.fsync(number, done),
		sync: (number) => fs.fsyncSync(number),
	});
}
