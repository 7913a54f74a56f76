import { type Awaitable, Cancelled, checkpoint, moveOnAfter, withCancelScope, withTaskGroup } from "holdfast";
import { ask, type ContractOptions, checkContract, fail, type Rule, same, settle } from "./contract.ts";

/** What `checkLock` asks of a lock. */
export interface CheckedLock {
	acquire(): Awaitable<unknown>;
	/** Takes it if that needs no waiting; tells whether it did. */
	tryAcquire(): boolean;
	release(): void;
}

/** Options of `checkLock`. */
export interface CheckLockOptions extends ContractOptions {
	/** Only the task that has it may release it, and may not take it again (default `true`); `false` for semaphores. */
	readonly owned?: boolean;
}

/**
 * The contract of locks, as a suite that anything can be run through that lets one task in at a time: mutual exclusion, first
 * come, first served, hand-off without a gap, and no lock lost under cancellation. `makeLock` gives a new one, free, for each rule.
 *
 * @throws ContractError that lists every broken rule
 * @throws RangeError for NaN and negative patience
 * @example
 * await checkLock(() => new Lock());
 * await checkLock(() => new Semaphore(1), { owned: false });
 */
export async function checkLock(
	makeLock: () => CheckedLock,
	{ owned = true, patience = 5_000 }: CheckLockOptions = {},
): Promise<void> {
	await checkContract("lock", owned ? { ...RULES, ...OWNED } : RULES, makeLock, () => undefined, patience);
}

const RULES: Record<string, Rule<CheckedLock>> = {
	*"one task at a time is inside, however they take turns"(lock) {
		let inside = 0;
		let turns = 0;
		yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
			for (let number = 0; number < 10; number++)
				group.spawn(function* (): Generator<never, void, unknown> {
					for (let round = 0; round < 10; round++) {
						yield* ask(() => lock.acquire());
						same("the number of tasks inside", ++inside, 1);
						for (let turn = 0; turn < (number + round) % 3; turn++) yield* checkpoint();
						inside--;
						turns++;
						lock.release();
						if (round % 4 === 0) yield* checkpoint();
					}
				});
		});
		same("how often a task was inside", turns, 100);
	},

	*"it goes to those who wait, in the order in which they came"(lock) {
		const order: number[] = [];
		yield* ask(() => lock.acquire());
		yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
			for (let number = 0; number < 8; number++) {
				group.spawn(function* (): Generator<never, void, unknown> {
					yield* ask(() => lock.acquire());
					order.push(number);
					lock.release();
				});
				yield* checkpoint();
			}
			lock.release();
		});
		same("the order", order.join(), "0,1,2,3,4,5,6,7");
	},

	*"a release hands it over: nobody can slip in between"(lock) {
		yield* ask(() => lock.acquire());
		yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
			let isIn = false;
			group.spawn(function* (): Generator<never, void, unknown> {
				yield* ask(() => lock.acquire());
				isIn = true;
				lock.release();
			});
			yield* settle();
			lock.release();
			const stolen = lock.tryAcquire();
			if (stolen) lock.release();
			same("whether tryAcquire got it before the task that waited", stolen, false);
			yield* ask(() => lock.acquire());
			same("whether the task that waited was first", isIn, true);
			lock.release();
		});
	},

	*"tryAcquire takes what is free, and nothing else"(lock) {
		same("tryAcquire of a free one", lock.tryAcquire(), true);
		yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
			yield* group.spawn(() => same("tryAcquire of one that is taken", lock.tryAcquire(), false));
		});
		lock.release();
		same("tryAcquire after the release", lock.tryAcquire(), true);
		lock.release();
	},

	*"a cancelled acquire does not have it, and those behind do not wait for it"(lock) {
		yield* ask(() => lock.acquire());
		yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
			const order: string[] = [];
			const wait = (name: string) =>
				function* (): Generator<never, void, unknown> {
					yield* ask(() => lock.acquire());
					order.push(name);
					lock.release();
				};
			group.spawn(wait("first"));
			yield* checkpoint();
			const middle = group.spawn(wait("cancelled"));
			yield* checkpoint();
			group.spawn(wait("last"));
			yield* settle();
			middle.cancel();
			yield* settle();
			lock.release();
			yield* settle();
			same("who had it", order.join(), "first,last");
		});
		yield* isFree(lock);
	},

	*"cancelled in the moment in which it is handed over, it is not lost"(lock) {
		for (const isCancelledFirst of [true, false]) {
			yield* ask(() => lock.acquire());
			yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
				const waiting = group.spawn(function* (): Generator<never, void, unknown> {
					yield* ask(() => lock.acquire());
					lock.release();
				});
				yield* settle();
				if (isCancelledFirst) waiting.cancel();
				lock.release();
				waiting.cancel();
			});
			yield* isFree(lock);
		}
	},

	*"in a cancelled scope acquire throws, and does not take it, free as it is"(lock) {
		yield* withCancelScope(function* (scope): Generator<never, void, unknown> {
			scope.cancel();
			yield* ask(() => lock.acquire());
			fail("it went on");
		});
		yield* isFree(lock);
	},

	*"a hundred waits that are cancelled leave nothing behind"(lock) {
		yield* ask(() => lock.acquire());
		yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
			for (let count = 0; count < 100; count++) group.spawn(() => lock.acquire());
			yield* settle();
			group.cancel();
		});
		lock.release();
		yield* isFree(lock);
	},
};

const OWNED: Record<string, Rule<CheckedLock>> = {
	*"release of a lock that is free is an error"(lock) {
		throws("release()", () => lock.release());
	},

	*"release by a task that does not have it is an error, and changes nothing"(lock) {
		yield* ask(() => lock.acquire());
		yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
			yield* group.spawn(function* (): Generator<never, void, unknown> {
				throws("release() by another task", () => lock.release());
				same("tryAcquire afterwards", lock.tryAcquire(), false);
			});
		});
		lock.release();
	},

	*"acquire by the task that has it is an error, and does not wait for itself"(lock) {
		yield* ask(() => lock.acquire());
		let error: unknown;
		yield* moveOnAfter(500, function* (): Generator<never, void, unknown> {
			try {
				yield* ask(() => lock.acquire());
			} catch (thrown) {
				if (thrown instanceof Cancelled) throw thrown;
				error = thrown;
			}
		} as () => Awaitable<void>);
		if (error === undefined) fail("no error came");
		lock.release();
		yield* isFree(lock);
	},
};

function* isFree(lock: CheckedLock): Generator<never, void, unknown> {
	if (!lock.tryAcquire()) fail("nobody has it, and it cannot be taken");
	lock.release();
	yield* checkpoint();
}

function throws(what: string, fn: () => unknown): void {
	try {
		fn();
	} catch {
		return;
	}
	fail(`${what} threw nothing`);
}
