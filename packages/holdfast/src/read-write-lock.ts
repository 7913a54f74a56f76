import { type Awaitable, type Coroutine, LazyCoroutine } from "./coroutine.ts";
import { BrokenResourceError, MisuseError } from "./errors.ts";
import { asker, type Guard, OnceGuard, withGuard } from "./guard.ts";
import { type Begin, runningTask } from "./invoke.ts";
import type { Code } from "./kernel/frame.ts";
import type { KernelTask } from "./kernel/task.ts";
import { LockWaiter, nameOf, ownerFor } from "./lock-line.ts";
import { checkBody } from "./scopes.ts";
import type { LiveTask, Task } from "./task.ts";
import { pass, WaitingList } from "./waiting-list.ts";

/** What a `ReadWriteLock` tells about itself. */
export interface ReadWriteLockStatistics {
	/** How many hold it for reading. */
	readonly readers: number;
	readonly writing: boolean;
	/** Who holds it for writing; `undefined` if nobody does, or code outside of every run. */
	readonly writer: Task | undefined;
	/** How many tasks wait to read, and to write. */
	readonly waitingReaders: number;
	readonly waitingWriters: number;
}

/** One of the two ways to hold a `ReadWriteLock`; used like a `Lock`. */
export interface ReadWriteLockFace {
	/**
	 * Waits until the lock can be held in this way, takes it, and gives a guard that releases it.
	 *
	 * Cancelled: throws `Cancelled` and does not have the lock. A waiter that was handed the lock has it, even if it is
	 * cancelled in the same tick: its next wait throws.
	 * @throws MisuseError if the running task holds the lock already, in either way, and so might wait for itself
	 * @throws BrokenResourceError if a holder has ended, or ends meanwhile, without releasing it
	 */
	acquire(): Coroutine<Guard>;
	/**
	 * Takes the lock if that needs no waiting; while others wait, none reads past them.
	 * @throws BrokenResourceError if a holder has ended without releasing it
	 */
	tryAcquire(): boolean;
	/** @throws MisuseError if the running task does not hold the lock in this way */
	release(): void;
	/**
	 * Runs `body` while holding the lock, and releases it on every path.
	 *
	 * Cancelled while it waits: `body` is not called. Errors as in `acquire`.
	 */
	with<T>(body: () => Awaitable<T>): Coroutine<T>;
}

/**
 * Lets many read at once, or one write. First come, first served, for both: a reader that comes after a waiting writer
 * waits behind it, and the readers behind a writer are let in together when it is done, so that neither starve.
 *
 * Each hold belongs to the task that acquired it, which alone may release it, and cannot be turned into the other kind. If a
 * task ends without releasing it, present and future waiters get `BrokenResourceError`, as with a `Lock`. (Courtois, Heymans
 * and Parnas's readers and writers, in the fair order.)
 *
 * @example
 * const lock = new ReadWriteLock();
 * const price = await lock.read.with(() => table.lookUp(item));
 * await lock.write.with(() => table.load(file));
 */
export class ReadWriteLock {
	readonly read: ReadWriteLockFace;
	readonly write: ReadWriteLockFace;
	readonly #shared: Shared;

	constructor() {
		this.#shared = new Shared();
		this.read = new Face(this.#shared, READ);
		this.write = new Face(this.#shared, WRITE);
	}

	statistics(): ReadWriteLockStatistics {
		const { reading, writing, waiting, waitingWriters } = this.#shared;
		const [writer] = writing.keys();
		return {
			readers: reading.size,
			writing: writing.size > 0,
			// Every task above the kernel is a `LiveTask`.
			writer: (writer ?? undefined) as LiveTask | undefined,
			waitingReaders: waiting.size - waitingWriters,
			waitingWriters,
		};
	}
}

/** Who holds it in one way, and how often: in native code several flows share one task. */
class Holders {
	readonly #counts: Map<KernelTask | null, number> = new Map();
	size = 0;

	has(owner: KernelTask | null): boolean {
		return this.#counts.has(owner);
	}

	keys(): Iterable<KernelTask | null> {
		return this.#counts.keys();
	}

	change(owner: KernelTask | null, by: number): void {
		const count = (this.#counts.get(owner) ?? 0) + by;
		if (count === 0) this.#counts.delete(owner);
		else this.#counts.set(owner, count);
		this.size += by;
	}
}

/** What the two faces share. */
class Shared {
	readonly reading: Holders = new Holders();
	/** One at most. */
	readonly writing: Holders = new Holders();
	// Invariant: while somebody waits, the first one cannot be let in.
	readonly waiting: WaitingList<FaceWaiter> = new WaitingList();
	waitingWriters = 0;
	/** Holders that have ended. */
	readonly #ended: Set<KernelTask> = new Set();
	readonly #onHolderEnd = (task: KernelTask): void => {
		this.#ended.add(task);
		this.waiting.fail(() => this.#broken(task));
	};

	holds(owner: KernelTask | null): boolean {
		return this.reading.has(owner) || this.writing.has(owner);
	}

	tryTake(mode: Mode, owner: KernelTask | null): boolean {
		for (const task of this.#ended) throw this.#broken(task);
		if (this.waiting.size > 0 || !this.#fits(mode)) return false;
		this.#add(mode, owner);
		return true;
	}

	release(mode: Mode, owner: KernelTask | null): void {
		const holders = mode === READ ? this.reading : this.writing;
		if (!holders.has(owner)) {
			const [writer] = this.writing.keys();
			const who = writer === undefined ? `${this.reading.size} hold it for reading` : `${nameOf(writer)} writes`;
			throw new MisuseError(
				`${mode.name}.release: ${nameOf(owner)} does not hold this lock in this way (${who}); release the face that you acquired, in the task that did, once.`,
			);
		}
		holders.change(owner, -1);
		if (owner !== null && !this.holds(owner)) {
			owner.offEnd(this.#onHolderEnd);
			this.#ended.delete(owner);
		}
		this.admit();
	}

	/** Hands the lock to whoever is first in line, and to all readers that stand right behind a reader. */
	admit(): void {
		for (let { first } = this.waiting; first !== null && this.#fits(first.mode); { first } = this.waiting) {
			this.waiting.remove(first);
			this.#add(first.mode, first.owner);
			first.task.resume(this.guard(first.mode, first.owner));
		}
	}

	guard(mode: Mode, owner: KernelTask | null): Guard {
		return new OnceGuard(() => this.release(mode, owner));
	}

	#fits(mode: Mode): boolean {
		return this.writing.size === 0 && (mode === READ || this.reading.size === 0);
	}

	#add(mode: Mode, owner: KernelTask | null): void {
		if (owner !== null && !this.holds(owner)) owner.onEnd(this.#onHolderEnd);
		(mode === READ ? this.reading : this.writing).change(owner, 1);
	}

	#broken(task: KernelTask): BrokenResourceError {
		const how = this.writing.has(task) ? "write.release(): what it guards may be half done" : "read.release()";
		return new BrokenResourceError(
			`The ${nameOf(task)} has ended without ${how}. Use lock.read.with(body) and lock.write.with(body), or using.`,
		);
	}
}

class FaceWaiter extends LockWaiter {
	readonly mode: Mode;
	readonly #shared: Shared;

	constructor(task: KernelTask, owner: KernelTask | null, shared: Shared, mode: Mode) {
		super(task, mode.acquire.name, owner);
		this.#shared = shared;
		this.mode = mode;
		if (mode === WRITE) shared.waitingWriters++;
	}

	override abort(): boolean {
		super.abort();
		// Readers behind a writer that has given up may have to wait for nobody now.
		this.#shared.admit();
		return true;
	}

	override left(): void {
		if (this.mode === WRITE) this.#shared.waitingWriters--;
	}
}

class Face implements ReadWriteLockFace {
	readonly shared: Shared;
	readonly mode: Mode;

	constructor(shared: Shared, mode: Mode) {
		this.shared = shared;
		this.mode = mode;
	}

	acquire(): Coroutine<Guard> {
		return new LazyCoroutine<Guard>(beginAcquire, this.mode.acquire, this, asker());
	}

	tryAcquire(): boolean {
		return this.shared.tryTake(this.mode, asker());
	}

	release(): void {
		this.shared.release(this.mode, asker());
	}

	with<T>(body: () => Awaitable<T>): Coroutine<T> {
		checkBody(this.mode.with.name, body);
		return withGuard(this.mode.with, new LazyCoroutine<Guard>(beginAcquire, this.mode.acquire, this), body);
	}
}

const beginAcquire: Begin = (lazy) => {
	const { shared, mode } = lazy.a0 as Face;
	const task = runningTask(mode.acquire.name);
	task.checkpoint();
	// In native code the running task is not the asker; there several flows share one, and may wait for each other.
	if (shared.holds(task))
		throw new MisuseError(
			`${mode.acquire.name}: the task ${task.name} holds this lock already and could wait for itself for ever; a ReadWriteLock is not reentrant, and reading does not turn into writing: release first.`,
		);
	const owner = ownerFor(lazy.a1, task);
	if (shared.tryTake(mode, owner)) return pass(task, shared.guard(mode, owner));
	return shared.waiting.park(new FaceWaiter(task, owner, shared, mode));
};

interface Mode {
	readonly name: string;
	readonly acquire: Code;
	readonly with: Code;
}

const READ: Mode = /* @__PURE__ */ modeOf("ReadWriteLock.read");
const WRITE: Mode = /* @__PURE__ */ modeOf("ReadWriteLock.write");

function modeOf(name: string): Mode {
	const place = (): undefined => undefined;
	return { name, acquire: { name: `${name}.acquire`, place }, with: { name: `${name}.with`, place } };
}
