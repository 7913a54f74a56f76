/**
 * Model-based tests: workers use one primitive at random, are cancelled at random wherever they wait, and a model beside the
 * primitive knows what must hold. Everything runs in virtual time, so a plan is a replay.
 *
 * A failure prints fast-check's seed and path; `HOLDFAST_SEED=… HOLDFAST_PATH=… vitest run …` plays it again.
 * `HOLDFAST_RUNS` says how many plans are tried.
 */
import fc from "fast-check";
import { expect, vi } from "vitest";
import type { Coroutine } from "../../src/coroutine.ts";
import { withTaskGroup } from "../../src/group.ts";
import { type CancelScope, shield, withCancelScope } from "../../src/scopes.ts";
import { sleep } from "../../src/sleep.ts";
import { virtually } from "../virtually.ts";

export type Steps<T> = Generator<never, T, unknown>;

/** What a worker does next, after a pause, and for how long it holds what it got. */
export interface Step<Op> {
	readonly pause: number;
	readonly op: Op;
	readonly hold: number;
}

/** Which worker is cancelled at which event. */
interface Cancel {
	readonly event: number;
	readonly worker: number;
}

export interface Plan<Op> {
	readonly workers: readonly (readonly Step<Op>[])[];
	readonly cancels: readonly Cancel[];
}

vi.setConfig({ testTimeout: 120_000 });

/** After this virtual time an operation is given up. */
const PATIENCE = 12;

/** The model of one run. */
export abstract class World<Op> {
	readonly #scopes: (CancelScope | undefined)[] = [];
	readonly #cancels: Map<number, number[]> = new Map();
	#events = 0;

	/** One operation of a worker, in a scope of its own. */
	abstract perform(step: Step<Op>, worker: number): Steps<void>;
	/** Called whenever everything waits. */
	rest(): void {}
	/** Called when all workers are done. */
	end(): Steps<void> | undefined {
		return undefined;
	}

	wrong(what: string): never {
		throw new Error(`the model says: ${what}`);
	}

	must(condition: boolean, what: () => string): void {
		if (!condition) this.wrong(what());
	}

	/** Something has happened: here workers are cancelled. */
	event(): void {
		for (const worker of this.#cancels.get(this.#events++) ?? []) this.#scopes[worker]?.cancel("at random");
	}

	/** Waits in a line, or does not have to. `waiting` tells how many the primitive says are waiting already. */
	*wait<T>(line: Line, worker: number, waiting: () => number, call: () => Coroutine<T>): Steps<T> {
		this.event();
		const ahead = waiting();
		const place = line.enter(worker);
		try {
			const value = yield* call();
			this.served(place, ahead);
			return value;
		} finally {
			place.leave();
			this.event();
		}
	}

	/** Somebody in line has got what it waited for. */
	served(place: Place, ahead: number): void {
		// Who was cancelled is out of the line, even if it has not noticed yet; unless it was served before, as this one may have been.
		const first = place.line.places.find((other) => other === place || !this.#scopes[other.worker]?.cancelCalled);
		if (ahead > 0) this.must(first === place, () => `worker ${place.worker} was served out of order`);
		place.leave();
	}

	*work(worker: number, steps: readonly Step<Op>[]): Steps<void> {
		for (const step of steps) {
			yield* sleep(step.pause);
			const self = this;
			yield* withCancelScope({ timeout: PATIENCE + step.pause / 8 }, function* (scope) {
				self.#scopes[worker] = scope;
				yield* self.perform(step, worker);
			});
			this.#scopes[worker] = undefined;
		}
	}

	*play({ workers, cancels }: Plan<Op>): Steps<void> {
		for (const { event, worker } of cancels) {
			const others = this.#cancels.get(event) ?? [];
			this.#cancels.set(event, [...others, worker % workers.length]);
		}
		const self = this;
		yield* withTaskGroup(function* (around) {
			const observer = around.spawn(function* () {
				// Nobody else wakes at such an instant: whoever could run has run.
				for (yield* sleep(0.7); ; yield* sleep(1)) self.rest();
			});
			yield* withTaskGroup(function* (group) {
				for (const [worker, steps] of workers.entries()) group.spawn(() => self.work(worker, steps));
			});
			observer.cancel();
		});
		const last = this.end();
		if (last !== undefined) yield* shield(() => last);
	}
}

/** Who waits, in the order of arrival. */
export class Line {
	readonly places: Place[] = [];

	get size(): number {
		return this.places.length;
	}

	enter(worker: number): Place {
		const place = new Place(this, worker);
		this.places.push(place);
		return place;
	}
}

class Place {
	readonly line: Line;
	readonly worker: number;

	constructor(line: Line, worker: number) {
		this.line = line;
		this.worker = worker;
	}

	leave(): void {
		const { places } = this.line;
		const index = places.indexOf(this);
		if (index >= 0) places.splice(index, 1);
	}
}

function planOf<Op>(op: fc.Arbitrary<Op>): fc.Arbitrary<Plan<Op>> {
	const step = fc.record({ pause: fc.nat(3), op, hold: fc.nat(3) });
	return fc.record({
		workers: fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 6 }),
		cancels: fc.array(fc.record({ event: fc.nat(60), worker: fc.nat(5) }), { maxLength: 12 }),
	});
}

function parameters(): fc.Parameters<unknown> {
	const { HOLDFAST_SEED: seed, HOLDFAST_PATH: path, HOLDFAST_RUNS: runs = "150" } = process.env;
	return {
		numRuns: Number(runs),
		...(seed !== undefined && { seed: Number(seed) }),
		...(path !== undefined && { path }),
	};
}

function propertyOf<Op>(op: fc.Arbitrary<Op>, make: () => World<Op>): fc.IAsyncPropertyWithHooks<[Plan<Op>]> {
	return fc.asyncProperty(planOf(op), async (plan) => {
		const reports: unknown[] = [];
		const world = make();
		await virtually(() => world.play(plan), { onReport: ({ error }) => reports.push(error) });
		if (reports.length > 0) throw reports[0];
	});
}

/** The model holds for random plans. */
export async function holds<Op>(op: fc.Arbitrary<Op>, make: () => World<Op>): Promise<void> {
	await fc.assert(propertyOf(op, make), parameters() as fc.Parameters<[Plan<Op>]>);
}

/** The model notices a broken primitive. */
export async function notices<Op>(op: fc.Arbitrary<Op>, make: () => World<Op>): Promise<void> {
	const { failed } = await fc.check(propertyOf(op, make), { numRuns: 3000, endOnFailure: true });
	expect(failed).toBe(true);
}
