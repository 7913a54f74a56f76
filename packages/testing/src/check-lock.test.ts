import { CapacityLimiter, checkpoint, coroutine, Lock, type Resume, Semaphore, suspend } from "holdfast";
import { expect, test } from "vitest";
import { type CheckedLock, checkLock } from "./check-lock.ts";
import { ContractError } from "./contract.ts";

test("Lock keeps the contract", () => checkLock(() => new Lock()));

test("a semaphore of one keeps it, but is not owned", async () => {
	await checkLock(() => new Semaphore(1), { owned: false });
	await expect(checkLock(() => new Semaphore(1))).rejects.toThrow(/acquire by the task that has it is an error/);
});

test("a capacity limiter of one keeps it", () => checkLock(() => new CapacityLimiter(1)));

/** What a lock can get wrong. */
interface Mistakes {
	readonly lastFirst?: boolean;
	readonly lets?: number;
	readonly barging?: boolean;
	readonly staysInLine?: boolean;
	readonly losesHandOff?: boolean;
	readonly ignoresCancelled?: boolean;
	readonly tryTakesAnyway?: boolean;
}

/** A foreign lock over `suspend`, which knows no owner. */
class OwnLock implements CheckedLock {
	readonly #mistakes: Mistakes;
	readonly #waiting: Resume<void>[] = [];
	#inside = 0;

	constructor(mistakes: Mistakes) {
		this.#mistakes = mistakes;
	}

	get #isFull(): boolean {
		return this.#inside >= (this.#mistakes.lets ?? 1);
	}

	acquire() {
		const { ignoresCancelled, barging, losesHandOff, staysInLine } = this.#mistakes;
		const waitFor = () =>
			suspend<void>((resume) => {
				if (!this.#isFull) {
					this.#inside++;
					resume();
					return;
				}
				this.#waiting.push(resume);
				return () => {
					if (!staysInLine) this.#waiting.splice(this.#waiting.indexOf(resume), 1);
				};
			});
		if (ignoresCancelled && !this.#isFull) {
			this.#inside++;
			return undefined;
		}
		const again = coroutine(function* (lock: OwnLock) {
			yield* waitFor();
			if (losesHandOff) yield* checkpoint();
			while (barging && lock.#isFull) yield* waitFor();
			if (barging) lock.#inside++;
		});
		return barging || losesHandOff ? again(this) : waitFor();
	}

	tryAcquire(): boolean {
		if (this.#isFull && !this.#mistakes.tryTakesAnyway) return false;
		this.#inside++;
		return true;
	}

	release(): void {
		const next = this.#mistakes.lastFirst ? this.#waiting.pop() : this.#waiting.shift();
		if (next === undefined || this.#mistakes.barging) this.#inside--;
		next?.();
	}
}

test("a foreign lock keeps it", () => checkLock(() => new OwnLock({}), { owned: false }));

const MISTAKES: [keyof Mistakes, RegExp][] = [
	["lastFirst", /in the order in which they came: the order was "7,6,5,4,3,2,1,0"/],
	["lets", /one task at a time is inside.*: the number of tasks inside was 2 instead of 1/],
	["barging", /nobody can slip in between/],
	["staysInLine", /a cancelled acquire does not have it, and those behind/],
	[
		"losesHandOff",
		/cancelled in the moment in which it is handed over, it is not lost: nobody has it, and it cannot be taken/,
	],
	["ignoresCancelled", /in a cancelled scope acquire throws.*: it went on/],
	["tryTakesAnyway", /tryAcquire of one that is taken was true instead of false/],
];

// All at once: most of the time goes into waiting for what does not happen.
test("every mistake is named", async () => {
	await Promise.all(MISTAKES.map(([mistake, message]) => isNamed(mistake, message)));
});

async function isNamed(...[mistake, message]: (typeof MISTAKES)[number]): Promise<void> {
	const mistakes = { [mistake]: mistake === "lets" ? 2 : true };
	const error = await checkLock(() => new OwnLock(mistakes), { owned: false, patience: 500 }).then(
		() => undefined,
		(thrown: unknown) => thrown,
	);
	expect(error, String(mistake)).toBeInstanceOf(ContractError);
	expect((error as ContractError).message).toContain("The lock breaks its contract:\n  ");
	expect((error as ContractError).broken.join("\n")).toMatch(message);
}

test("wrong arguments are named", async () => {
	await expect(checkLock(new Lock() as never)).rejects.toThrow(/a function that makes a lock/);
	await expect(checkLock(() => new Lock(), { patience: Number.NaN })).rejects.toThrow(RangeError);
});
