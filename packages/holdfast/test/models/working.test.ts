import fc from "fast-check";
import { describe, test } from "vitest";
import { all } from "../../src/all.ts";
import { ContextVar } from "../../src/context-var.ts";
import { type Coroutine, coroutine } from "../../src/coroutine.ts";
import { withTaskGroup } from "../../src/group.ts";
import { Cancelled } from "../../src/kernel/cancelled.ts";
import { suppressedErrors } from "../../src/kernel/suppressed.ts";
import { map } from "../../src/map.ts";
import { race } from "../../src/race.ts";
import { type RetryPolicy, retry } from "../../src/retry.ts";
import { moveOnAfter, shield } from "../../src/scopes.ts";
import { now, sleep } from "../../src/sleep.ts";
import { holds, notices, type Step, type Steps, World } from "./world.ts";

describe("groups and combinators", () => {
	/** How long a task takes, how long it cleans up, whether it fails. */
	interface Part {
		readonly time: number;
		readonly cleanup: number;
		readonly fails: boolean;
	}
	type Job = readonly Part[];
	type Fn = () => Coroutine<number>;
	/** Runs all, and gives what they give. */
	type Way = (fns: readonly Fn[]) => Coroutine<unknown>;

	const part = fc.record({ time: fc.nat(4), cleanup: fc.nat(2), fails: fc.boolean() });
	const job = fc.array(part, { minLength: 1, maxLength: 4 });

	/** When it is over, so are its tasks; the first error comes out, and has the others with it. */
	class Working extends World<Job> {
		readonly #way: Way;
		readonly #concurrency: number;

		constructor(way: Way, concurrency = Number.POSITIVE_INFINITY) {
			super();
			this.#way = way;
			this.#concurrency = concurrency;
		}

		*perform({ op: parts }: Step<Job>): Steps<void> {
			let alive = 0;
			const failures: Error[] = [];
			const fns = parts.map(({ time, cleanup, fails }, index) => {
				const { event, must } = this;
				const concurrency = this.#concurrency;
				const self = this;
				return coroutine(function* () {
					must.call(self, ++alive <= concurrency, () => `${alive} run at once`);
					let failure: Error | undefined;
					try {
						event.call(self);
						yield* sleep(time);
						if (!fails) return index;
						failure = new Error(`part ${index}`);
						throw failure;
					} finally {
						yield* shield(() => sleep(cleanup));
						alive--;
						if (failure !== undefined) failures.push(failure);
						event.call(self);
					}
				});
			});
			try {
				const values = yield* this.#way(fns);
				this.must(failures.length === 0, () => "an error was lost");
				const expected = parts.map((_, index) => index);
				this.must(String(values) === String(expected), () => `it gave ${values} instead of ${expected}`);
			} catch (error) {
				if (error instanceof Cancelled) throw error;
				this.must(error === failures[0], () => `it threw ${error} instead of ${failures[0]}`);
				const others = suppressedErrors(error);
				for (const failure of failures.slice(1)) this.must(others.includes(failure), () => `${failure} was lost`);
			} finally {
				this.must(alive === 0, () => `${alive} tasks outlive it`);
			}
		}
	}

	/** As a task of the scope around. */
	function started(fn: Fn): Promise<number> {
		const running = Promise.resolve(fn());
		running.catch(() => {});
		return running;
	}

	const grouped: Way = coroutine(function* (fns: readonly Fn[]) {
		return yield* withTaskGroup(function* (group) {
			const tasks = fns.map((fn) => group.spawn(fn));
			const values: number[] = [];
			for (const task of tasks) values.push(yield* task);
			return values;
		});
	});

	test("a task group", () => holds(job, () => new Working(grouped)));
	test("all", () => holds(job, () => new Working((fns) => all(fns))));
	test("map, two at once", () =>
		holds(job, () => new Working((fns) => map(fns, (fn) => fn(), { concurrency: 2 }) as Coroutine<unknown>, 2)));
	test("a map that takes one too many is noticed", () =>
		notices(job, () => new Working((fns) => map(fns, (fn) => fn(), { concurrency: 3 }) as Coroutine<unknown>, 2)));
	test("an all that leaves its tasks behind is noticed", () =>
		notices(
			job,
			() =>
				new Working(
					coroutine(function* (fns: readonly Fn[]) {
						// Each becomes a task of the scope around.
						const running = fns.map((fn) => started(fn));
						return yield* all(running);
					}),
				),
		));
	test("a group that keeps one error only is noticed", () =>
		notices(
			job,
			() =>
				new Working(
					coroutine(function* (fns: readonly Fn[]) {
						let first: unknown;
						const values = yield* all(
							fns.map((fn) =>
								coroutine(function* () {
									try {
										return yield* fn();
									} catch (error) {
										if (error instanceof Cancelled || first !== undefined) return undefined;
										first = error;
										throw error;
									}
								}),
							),
						);
						return values;
					}),
				),
		));
	test("a race that is over before its losers is noticed; ours is not", async () => {
		/** Only that nothing is left counts. */
		class Raced extends Working {
			constructor(run: Way) {
				super(
					coroutine(function* (fns: readonly Fn[]) {
						try {
							yield* run(fns);
						} catch (error) {
							if (error instanceof Cancelled) throw error;
						}
						return fns.map((_, index) => index);
					}),
				);
			}
		}
		const succeeding = job.map((parts) => parts.map((it) => ({ ...it, fails: false })));
		await holds(succeeding, () => new Raced((fns) => race(fns)));
		await notices(succeeding, () => new Raced((fns) => race(fns.map((fn) => started(fn)))));
	});
});

describe("retry", () => {
	interface Attempts {
		readonly failures: number;
		readonly policy: RetryPolicy;
	}
	const attempts = fc.record({
		failures: fc.nat(4),
		policy: fc.record({
			attempts: fc.integer({ min: 1, max: 4 }),
			delay: fc.nat(2),
			factor: fc.integer({ min: 1, max: 2 }),
		}),
	});

	/** As many attempts as it takes and is allowed, with the pauses of the policy. */
	class Trying extends World<Attempts> {
		readonly #retry: typeof retry;

		constructor(call: typeof retry) {
			super();
			this.#retry = call;
		}

		*perform({ op: { failures, policy } }: Step<Attempts>): Steps<void> {
			const { attempts = 0, delay = 0, factor = 1 } = policy;
			const errors: Error[] = [];
			const begun = now();
			const work = coroutine((attempt: number) => this.#work(attempt, failures, errors));
			try {
				yield* this.#retry(work, policy);
				this.must(errors.length === failures, () => `${errors.length} failures instead of ${failures}`);
			} catch (error) {
				if (error instanceof Cancelled) throw error;
				this.must(errors.length === attempts, () => `${errors.length} attempts instead of ${attempts}`);
				this.must(error === errors.at(-1), () => "another error came out");
				this.must(suppressedErrors(error).length === attempts - 1, () => "the errors before are not with it");
			}
			let pauses = 0;
			for (let pause = 0; pause < Math.min(failures, attempts - 1); pause++) pauses += delay * factor ** pause;
			this.must(now() - begun === pauses, () => `it paused for ${now() - begun} ms instead of ${pauses}`);
		}

		*#work(attempt: number, failures: number, errors: Error[]): Steps<void> {
			this.event();
			yield* sleep(0);
			this.event();
			if (attempt > failures) return;
			const error = new Error(`attempt ${attempt}`);
			errors.push(error);
			throw error;
		}
	}

	test("tries as often as its policy says, and pauses as long", () => holds(attempts, () => new Trying(retry)));
	test("one that tries once more is noticed", () =>
		notices(
			attempts,
			() => new Trying((fn, policy = {}) => retry(fn, { ...policy, attempts: (policy.attempts ?? 3) + 1 })),
		));
	test("one that swallows a cancellation is noticed", () =>
		notices(
			attempts,
			() => new Trying((fn, policy) => retry((attempt) => shield(() => fn(attempt)), { ...policy, delay: 1 })),
		));
});

describe("ContextVar", () => {
	type Kind = "set" | "with" | "scope" | "task" | "pause";
	interface Action {
		readonly kind: Kind;
		readonly value: number;
		readonly inside: readonly Action[];
	}
	const { actions } = fc.letrec<{ actions: Action[] }>((tie) => ({
		actions: fc.array(
			fc.record({
				kind: fc.constantFrom<Kind>("set", "with", "scope", "task", "pause"),
				value: fc.nat(9),
				inside: fc.oneof({ maxDepth: 4 }, fc.constant([]), tie("actions")),
			}),
			{ maxLength: 4 },
		),
	}));

	type Variable = Pick<ContextVar<number>, "get" | "set" | "with">;

	/** What a call sets its caller sees, through scopes too; what a task sets is its own. */
	class Seeing extends World<readonly Action[]> {
		readonly #variable: Variable;

		constructor(variable: Variable = new ContextVar<number>("variable", { default: -1 })) {
			super();
			this.#variable = variable;
		}

		*perform({ op }: Step<readonly Action[]>): Steps<void> {
			yield* this.#run(op, { value: this.#variable.get() });
		}

		*#run(actions: readonly Action[], seen: { value: number }): Steps<void> {
			for (const action of actions) {
				yield* this.#one(action, seen);
				this.#check(seen.value);
			}
		}

		#check(value: number): void {
			this.must(this.#variable.get() === value, () => `it is ${this.#variable.get()} instead of ${value}`);
		}

		*#one({ kind, value, inside }: Action, seen: { value: number }): Steps<void> {
			const variable = this.#variable;
			const run = (own: { value: number }): (() => Steps<void>) => {
				const self = this;
				return function* () {
					self.#check(own.value);
					yield* self.#run(inside, own);
				};
			};
			this.event();
			if (kind === "set") {
				variable.set(value);
				seen.value = value;
			} else if (kind === "with") {
				try {
					yield* variable.with(value, run({ value }));
				} finally {
					this.#check(seen.value);
				}
			} else if (kind === "scope") {
				yield* moveOnAfter(value / 2, run(seen));
			} else if (kind === "task") {
				yield* withTaskGroup(function* (group) {
					for (let more = 0; more < 2; more++) group.spawn(run({ value: seen.value }));
				});
			} else yield* sleep(value / 4);
		}
	}

	test("is shared along calls and scopes, copied for tasks, and put back", () => holds(actions, () => new Seeing()));
	test("one that all tasks share is noticed", () => {
		/** A variable like any other in a module. */
		class Shared {
			#value = -1;
			get(): number {
				return this.#value;
			}
			set(value: number): never {
				this.#value = value;
				return undefined as never;
			}
			with<T>(value: number, body: () => Steps<T>): Coroutine<T> {
				const self = this;
				return coroutine(function* () {
					const before = self.#value;
					self.#value = value;
					try {
						return yield* body();
					} finally {
						self.#value = before;
					}
				})();
			}
		}
		return notices(actions, () => new Seeing(new Shared() as Variable));
	});
	test("one that is not put back is noticed", () =>
		notices(actions, () => {
			const variable = new ContextVar<number>("variable", { default: -1 });
			return new Seeing({
				get: () => variable.get(),
				set: (value) => variable.set(value),
				with: coroutine(function* (value: number, body: () => Steps<unknown>) {
					variable.set(value);
					return yield* body();
				}) as Variable["with"],
			});
		}));
});
