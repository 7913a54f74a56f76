import fc from "fast-check";
import { expect, test } from "vitest";
import type { EventLoop } from "../loops/loop.ts";
import { EMPTY_CONTEXT } from "./context.ts";
import { KernelRunner } from "./runner.ts";
import { DEFAULT_GRACE, effectiveDeadline, Scope } from "./scope.ts";
import { suppressedErrors } from "./suppressed.ts";
import { KernelTask, type Operation } from "./task.ts";

/** A loop whose clock the test moves. */
class ManualLoop implements EventLoop {
	time = 0;
	readonly #alarms: Set<{ when: number; fn: () => void }> = new Set();

	now(): number {
		return this.time;
	}

	callSoon(): void {}

	callAt(when: number, fn: () => void): () => void {
		const alarm = { when, fn };
		this.#alarms.add(alarm);
		return () => this.#alarms.delete(alarm);
	}

	advance(to: number): void {
		for (;;) {
			const due = [...this.#alarms].filter(({ when }) => when <= to).sort((a, b) => a.when - b.when)[0];
			if (due === undefined) break;
			this.#alarms.delete(due);
			this.time = Math.max(this.time, due.when);
			due.fn();
		}
		this.time = to;
	}
}

/** A wait that counts how often it was asked to let go, and refuses. */
class Stubborn implements Operation {
	asked = 0;

	abort(): boolean {
		this.asked++;
		return false;
	}
}

interface Setting {
	readonly loop: ManualLoop;
	readonly root: Scope;
	readonly host: KernelTask;
	/** Opens a scope inside another one. */
	open(parent: Scope, prepare?: (scope: Scope) => void): Scope;
	/** A task that waits in a scope. */
	wait(scope: Scope): Stubborn;
}

function setting(): Setting {
	const loop = new ManualLoop();
	const runner = new KernelRunner(loop);
	const root = new Scope("root");
	root.runner = runner;
	const host = new KernelTask(runner, root, EMPTY_CONTEXT, "host");
	return {
		loop,
		root,
		host,
		open(parent, prepare) {
			const scope = new Scope();
			prepare?.(scope);
			scope.attach(parent, host);
			return scope;
		},
		wait(scope) {
			const operation = new Stubborn();
			new KernelTask(runner, scope, EMPTY_CONTEXT).park(operation);
			return operation;
		},
	};
}

test("cancelling a scope is seen inside, not outside; a shield stops it, the outermost scope is blamed", () => {
	const { root, open } = setting();
	const outer = open(root);
	const middle = open(outer);
	const shielded = open(middle, (scope) => {
		scope.shield = true;
	});
	const inner = open(shielded);
	middle.cancel();
	expect([root.soft, outer.soft, middle.soft, shielded.soft, inner.soft]).toEqual([null, null, middle, null, null]);
	outer.cancel();
	expect([outer.soft, middle.soft]).toEqual([outer, outer]);
	shielded.shield = false;
	expect(inner.soft).toBe(outer);
	shielded.shield = true;
	expect(inner.soft).toBeNull();
	inner.cancel();
	expect([shielded.soft, inner.soft]).toEqual([null, inner]);
});

test("a scope that was cancelled before it was entered is cancelled from its first moment", () => {
	const { root, open } = setting();
	const scope = open(root, (it) => it.cancel("early"));
	expect(scope.soft).toBe(scope);
	expect(scope.cancelled.message).toBe("The scope was cancelled: early");
});

test("cancel is idempotent: the first reason stays, only the grace can become shorter", () => {
	const { loop, root, open } = setting();
	const scope = open(root);
	scope.cancel("first", { grace: 100 });
	scope.cancel("second", { grace: 1_000 });
	expect([scope.reason?.text, scope.grace]).toEqual(["first", 100]);
	scope.cancel("third", { grace: 10 });
	loop.advance(9);
	expect(scope.hard).toBeNull();
	loop.advance(10);
	expect(scope.hard).toBe(scope);
});

test("grace is inherited from the nearest scope that sets it, and counted from the cancellation", () => {
	const { loop, root, open } = setting();
	const outer = open(root, (scope) => {
		scope.grace = 50;
	});
	const inner = open(outer);
	expect([inner.grace, root.grace]).toEqual([50, DEFAULT_GRACE]);
	loop.advance(7);
	inner.cancel();
	loop.advance(56);
	expect(inner.hard).toBeNull();
	loop.advance(57);
	expect([inner.hard, outer.hard]).toEqual([inner, null]);
	for (const wrong of [-1, Number.NaN])
		expect(() => {
			inner.grace = wrong;
		}).toThrow(RangeError);
});

test("a grace of 0 cuts at once, an infinite one never", () => {
	const { loop, root, open } = setting();
	const none = open(root);
	none.cancel("now", { grace: 0 });
	expect(none.hard).toBe(none);
	const endless = open(root);
	endless.cancel("slowly", { grace: Number.POSITIVE_INFINITY });
	loop.advance(1e9);
	expect(endless.hard).toBeNull();
});

test("a deadline cancels when it has come; moving it moves the moment, and once cancelled always cancelled", () => {
	const { loop, root, open } = setting();
	const scope = open(root, (it) => {
		it.deadline = 100;
	});
	loop.advance(90);
	scope.deadline = 200;
	loop.advance(150);
	expect(scope.cancelCalled).toBe(false);
	loop.advance(200);
	expect([scope.cancelCalled, scope.reason?.kind]).toEqual([true, "deadline"]);
	scope.deadline = 1_000;
	expect([scope.cancelCalled, scope.soft]).toEqual([true, scope]);
	expect(() => {
		scope.deadline = Number.NaN;
	}).toThrow(RangeError);
});

test("a deadline of the past cancels on entry; an explicit cancel before the deadline stays explicit", () => {
	const { loop, root, open } = setting();
	loop.advance(10);
	const late = open(root, (it) => {
		it.deadline = 5;
	});
	expect(late.reason?.kind).toBe("deadline");
	const early = open(root, (it) => {
		it.deadline = 20;
	});
	early.cancel();
	loop.advance(30);
	expect(early.reason?.kind).toBe("explicit");
});

test("the effective deadline is the earliest that is not shielded off", () => {
	const { root, open } = setting();
	const outer = open(root, (it) => {
		it.deadline = 50;
	});
	const inner = open(outer, (it) => {
		it.deadline = 80;
	});
	expect(effectiveDeadline(inner)).toBe(50);
	inner.shield = true;
	expect(effectiveDeadline(inner)).toBe(80);
	inner.shield = false;
	outer.cancel();
	expect(effectiveDeadline(inner)).toBe(Number.NEGATIVE_INFINITY);
});

test("everything that waits is asked once to let go, however often it is cancelled", () => {
	const { root, open, wait } = setting();
	const outer = open(root);
	const inner = open(outer);
	const [a, b, outside] = [wait(outer), wait(inner), wait(root)];
	inner.cancel();
	expect([a.asked, b.asked, outside.asked]).toEqual([0, 1, 0]);
	outer.cancel();
	outer.cancel();
	expect([a.asked, b.asked, outside.asked]).toEqual([1, 1, 0]);
});

test("inside a cleanup region only an expired grace is seen", () => {
	const { loop, root, open } = setting();
	const outer = open(root);
	const region = open(outer, (scope) => {
		scope.insideCleanup = true;
	});
	const inner = open(region);
	outer.cancel("stop", { grace: 30 });
	expect([outer.soft, region.soft, inner.soft]).toEqual([outer, null, null]);
	loop.advance(30);
	expect([outer.hard, region.soft, inner.soft]).toEqual([outer, outer, outer]);
});

test("a closed scope is out of the tree: neither its own deadline nor its parent reaches it", () => {
	const { loop, root, open } = setting();
	const outer = open(root);
	const scope = open(outer, (it) => {
		it.deadline = 50;
	});
	scope.close();
	loop.advance(100);
	outer.cancel();
	scope.cancel();
	expect([scope.reason, scope.soft]).toEqual([null, null]);
});

test("a signal is aborted with a plain AbortError, once, also when it is read late", () => {
	const { root, open } = setting();
	const scope = open(root);
	const inner = open(scope);
	let aborts = 0;
	inner.signal.addEventListener("abort", () => aborts++);
	scope.cancel();
	scope.cancel();
	expect([aborts, inner.signal.aborted, scope.signal.aborted]).toEqual([1, true, true]);
	expect(inner.signal.reason).toMatchObject({ name: "AbortError" });
	expect(inner.signal.reason).not.toBe(scope.cancelled);
});

test("what an abort listener does to the tree does no harm", () => {
	const { root, open, wait } = setting();
	const scope = open(root);
	const inner = open(scope);
	const waiting = wait(inner);
	scope.signal.addEventListener("abort", () => {
		inner.cancel();
		open(scope).close();
		inner.shield = true;
	});
	scope.cancel();
	expect([inner.soft, waiting.asked]).toEqual([inner, 1]);
});

test("the first failure cancels, later ones are kept with it, the same object once", () => {
	const { root, open } = setting();
	const scope = open(root);
	const [first, second] = [new Error("first"), new Error("second")];
	for (const error of [first, second, first, second]) scope.fail(error);
	expect(scope.reason).toMatchObject({ kind: "sibling", error: first });
	expect(scope.failure?.error).toBe(first);
	expect(suppressedErrors(first)).toEqual([second]);
});

test("5,000 nested scopes are cancelled without overflowing the stack", () => {
	const { root, open, wait } = setting();
	const outermost = open(root);
	let scope = outermost;
	for (let i = 0; i < 5_000; i++) scope = open(scope);
	const waiting = wait(scope);
	outermost.cancel();
	expect([scope.soft, waiting.asked]).toEqual([outermost, 1]);
});

test("model: under any order of changes every scope knows who cancels it, and every wait is asked exactly once", () => {
	const action = fc.record({
		kind: fc.constantFrom(
			"open",
			"open",
			"open",
			"cancel",
			"shield",
			"deadline",
			"grace",
			"advance",
			"reparent",
			"close",
			"wait",
		),
		at: fc.nat(),
		by: fc.nat(40),
		flag: fc.boolean(),
	});
	interface Model {
		readonly scope: Scope;
		parent: Model | null;
		readonly insideCleanup: boolean;
		readonly waits: { readonly operation: Stubborn; cancelled: boolean }[];
		cancelledAt: number | null;
		graceEnd: number;
		cut: boolean;
	}
	fc.assert(
		fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
			const { loop, root, open, wait } = setting();
			const top: Model = {
				scope: root,
				parent: null,
				insideCleanup: false,
				waits: [],
				cancelledAt: null,
				graceEnd: 0,
				cut: false,
			};
			let models = [top];

			const cancelled = (model: Model, at: number): void => {
				if (model.cancelledAt !== null) return;
				model.cancelledAt = at;
				model.graceEnd = at + model.scope.grace;
			};
			const soft = (model: Model): Model | null => {
				const { parent } = model;
				const outside =
					parent === null || model.scope.shield ? null : model.insideCleanup ? hard(parent) : soft(parent);
				return outside ?? (model.cancelledAt === null ? null : model);
			};
			const hard = (model: Model): Model | null => {
				const outside = model.parent === null || model.scope.shield ? null : hard(model.parent);
				return outside ?? (model.cut ? model : null);
			};
			const isInside = (model: Model | null, other: Model): boolean =>
				model !== null && (model === other || isInside(model.parent, other));

			for (const { kind, at, by, flag } of actions) {
				const model = models[at % models.length] as Model;
				const { scope } = model;
				if (kind === "open") {
					const inner = open(scope, (it) => {
						it.insideCleanup = flag;
					});
					models.push({
						scope: inner,
						parent: model,
						insideCleanup: flag,
						waits: [],
						cancelledAt: null,
						graceEnd: 0,
						cut: false,
					});
				} else if (model === top) {
					// The root of the tree stays as it is.
				} else if (kind === "cancel") {
					scope.cancel();
					cancelled(model, loop.time);
				} else if (kind === "shield") scope.shield = flag;
				else if (kind === "deadline") {
					scope.deadline = loop.time + by;
					if (by === 0) cancelled(model, loop.time);
				} else if (kind === "grace") {
					// Of others that inherit it the running grace is not changed.
					if (model.cancelledAt === null) scope.grace = by;
					else if (by < scope.grace) {
						scope.grace = by;
						model.graceEnd = model.cancelledAt + by;
					}
				} else if (kind === "reparent") {
					const target = models[by % models.length] as Model;
					if (isInside(target, model)) continue;
					scope.reparent(target.scope);
					model.parent = target;
				} else if (kind === "close") {
					if (models.some(({ parent }) => parent === model) || model.waits.length > 0) continue;
					scope.close();
					models = models.filter((it) => it !== model);
				} else if (kind === "wait" && scope.soft === null)
					model.waits.push({ operation: wait(scope), cancelled: false });
				if (kind === "advance") {
					const to = loop.time + by;
					for (let time = loop.time; time <= to; time++) {
						loop.advance(time);
						for (const it of models) if (it.cancelledAt === null && it.scope.deadline <= time) cancelled(it, time);
					}
				}
				for (const it of models) if (it.cancelledAt !== null && it.graceEnd <= loop.time) it.cut = true;

				for (const it of models) {
					expect(it.scope.soft).toBe(soft(it)?.scope ?? null);
					expect(it.scope.hard).toBe(hard(it)?.scope ?? null);
					for (const waiting of it.waits) {
						waiting.cancelled ||= it.scope.soft !== null;
						expect(waiting.operation.asked).toBe(waiting.cancelled ? 1 : 0);
					}
				}
			}
		}),
		{ numRuns: 1000 },
	);
});
