import {
	Cancelled,
	type CancelScope,
	ContextVar,
	checkpoint,
	cleanup,
	Event,
	sleepForever,
	until,
	withCancelScope,
	withTaskGroup,
} from "holdfast";
import {
	expectEnd,
	fail,
	type Inward,
	type Outward,
	type Rules,
	same,
	settle,
	show,
	slowly,
} from "./adapter-contract.ts";

const place = new ContextVar("place", { default: "nowhere" });
const MANY = 10_000;

/** Waits for ever; `cleaned` tells of its cleanup. */
function endless(state: { begun: boolean; cleaned: boolean }, error?: Error): () => Generator<never, unknown, unknown> {
	return function* () {
		state.begun = true;
		try {
			yield* sleepForever();
		} finally {
			yield* cleanup(slowly);
			state.cleaned = true;
			if (error !== undefined) yield* cleanup(() => rejected(error));
		}
		return undefined;
	};
}

function rejected(error: Error): never {
	throw error;
}

/** What holds for every way out of single calls. */
export const outwardRules: Rules<Outward> = {
	*"a value comes out: at once, after a wait, and undefined"(adapter) {
		for (const value of [1, undefined, "text"])
			for (const waits of [false, true]) {
				const call = adapter.convert(function* () {
					if (waits) yield* settle(1);
					return value;
				})();
				expectEnd("the call", yield* until(call.ended), { kind: "value", value });
			}
	},

	*"an error comes out, the same object"(adapter) {
		for (const waits of [false, true]) {
			const error = new Error("broken");
			const call = adapter.convert(function* () {
				if (waits) yield* settle(1);
				throw error;
			})();
			expectEnd("the call", yield* until(call.ended), { kind: "error", error });
		}
	},

	*"nothing is thrown that is not an error to the neighbour: a call that throws undefined has failed"(adapter) {
		const call = adapter.convert(function* () {
			yield* settle(1);
			throw undefined;
		})();
		const end = yield* until(call.ended);
		same("how it ended", end.kind, "error");
	},

	*"cancelled by the neighbour, the call stops, and its cleanup is waited for"(adapter) {
		const state = { begun: false, cleaned: false };
		yield* withTaskGroup(function* () {
			const call = adapter.convert(endless(state))();
			yield* settle(1);
			same("whether the call had begun", state.begun, true);
			const end = yield* until(call.cancel());
			same("how it ended", end.kind, "cancelled");
			if (adapter.waits) same("whether it had cleaned up when the neighbour took it for ended", state.cleaned, true);
		});
		same("whether it had cleaned up at the end of the scope", state.cleaned, true);
	},

	*"cancelled by the neighbour at once, twice, and after its end: nothing happens but that"(adapter) {
		const state = { begun: false, cleaned: false };
		const call = adapter.convert(endless(state))();
		const first = call.cancel();
		const second = call.cancel();
		same("how it ended", (yield* until(first)).kind, "cancelled");
		yield* until(second);
		const other = adapter.convert(function* () {
			yield* checkpoint();
			return 1;
		})();
		yield* until(other.ended);
		yield* until(other.cancel());
		expectEnd("the call that was over", yield* until(other.ended), { kind: "value", value: 1 });
	},

	*"cancelled by its scope, it cleans up, and the neighbour is told, after that"(adapter) {
		const state = { begun: false, cleaned: false };
		let cleaned: boolean | undefined;
		let kind: string | undefined;
		yield* withCancelScope(function* (scope: CancelScope) {
			const call = adapter.convert(endless(state))();
			void call.ended.then((end) => {
				kind = end.kind;
				cleaned = state.cleaned;
			});
			yield* settle(1);
			scope.cancel();
			yield* sleepForever();
		});
		same("whether it had cleaned up at the end of the scope", state.cleaned, true);
		for (let turn = 0; turn < 50 && kind === undefined; turn++) yield* settle(1);
		same("what the neighbour heard", kind, "cancelled");
		same("whether it had cleaned up when the neighbour heard", cleaned, true);
	},

	*"an error of a cleanup reaches somebody, the same object"(adapter, { reports }) {
		const error = new Error("cannot close");
		const state = { begun: false, cleaned: false };
		let end: unknown;
		yield* withTaskGroup(function* () {
			const call = adapter.convert(endless(state, error))();
			yield* settle(1);
			end = yield* until(call.cancel());
		});
		const reported = reports.splice(0);
		const heard = [...reported, (end as { error?: unknown }).error];
		if (!heard.includes(error)) fail(`nobody heard of it, but of ${heard.map(show).join(", ")}`);
	},

	*"it sees the context variables of where it belongs"(adapter) {
		place.set("here");
		const convert = adapter.convert(function* () {
			const first = place.get();
			yield* settle(1);
			return `${first} ${place.get()}`;
		});
		expectEnd("what it saw", yield* until(convert().ended), { kind: "value", value: "here here" });
	},

	*"what it sets in a context variable stays its own"(adapter) {
		place.set("here");
		yield* until(
			adapter.convert(function* () {
				place.set("there");
				yield* settle(0);
			})().ended,
		);
		same("what the converting code sees", place.get(), "here");
	},

	*"10,000 at once, and the scope waits for them all"(adapter) {
		let ended = 0;
		const ends: Promise<unknown>[] = [];
		yield* withTaskGroup(function* () {
			const convert = (): (() => { ended: Promise<unknown> }) =>
				adapter.convert(function* () {
					yield* checkpoint();
					ended++;
					return ended;
				});
			for (let count = 0; count < MANY; count++) ends.push(convert()().ended);
		});
		same("how many had ended with the scope", ended, MANY);
		yield* until(Promise.all(ends));
	},

	*"10,000 that are cancelled by their scope at once all clean up"(adapter) {
		let cleaned = 0;
		yield* withCancelScope(function* (scope: CancelScope) {
			const call = function* (): Generator<never, void, unknown> {
				try {
					yield* sleepForever();
				} finally {
					cleaned++;
				}
			};
			for (let count = 0; count < MANY; count++) adapter.convert(call)();
			yield* settle(1);
			scope.cancel();
		});
		same("how many had cleaned up", cleaned, MANY);
	},

	*"started when its scope has ended, it is refused by name"(adapter) {
		if (adapter.eager) return;
		let start: ReturnType<Outward["convert"]> | undefined;
		let begun = false;
		yield* withTaskGroup(() => {
			start = adapter.convert(function* () {
				begun = true;
				yield* settle(0);
			});
		});
		const end = yield* until((start as ReturnType<Outward["convert"]>)().ended);
		same("whether it had begun", begun, false);
		same("the name of the error", ((end as { error?: Error }).error as Error | undefined)?.name, "ClosedResourceError");
	},
};

/** What holds for every way in of single computations. */
export const inwardRules: Rules<Inward> = {
	*"a value comes in, and undefined"(adapter) {
		for (const value of [1, undefined, "text"]) same("the value", yield* adapter.await({ value }), value);
	},

	*"an error comes in, the same object"(adapter) {
		const thrown = new Error("broken");
		same("what was thrown", yield* errorOf(() => adapter.await({ error: { thrown } })), thrown);
	},

	*"cancelled, it stops the neighbour and waits for its cleanup"(adapter) {
		let begun = false;
		let cleaned = false;
		let over = false;
		yield* withCancelScope(function* (scope: CancelScope) {
			yield* withTaskGroup(function* (group) {
				group.spawn(function* () {
					yield* adapter.await({
						endless: true,
						begun: () => {
							begun = true;
						},
						cleanup: async () => {
							await new Promise((resolve) => setTimeout(resolve, 2));
							cleaned = true;
						},
					});
					over = true;
				});
				yield* settle();
				same("whether it had begun", begun, true);
				scope.cancel();
			});
		});
		same("whether the code after it ran", over, false);
		if (!adapter.lacks?.includes("stop")) same("whether the neighbour had cleaned up", cleaned, true);
	},

	*"in a cancelled scope the neighbour is not even asked"(adapter) {
		let begun = false;
		yield* withCancelScope(function* (scope: CancelScope) {
			scope.cancel();
			yield* adapter.await({
				endless: true,
				begun: () => {
					begun = true;
				},
			});
		});
		if (!adapter.lacks?.includes("stop")) same("whether it had begun", begun, false);
	},

	*"stopped by somebody else, it is an error with a name, and nobody is cancelled"(adapter) {
		const { stopped } = adapter;
		if (stopped === undefined) return;
		const error = yield* errorOf(() => stopped.await());
		same("the name of the error", (error as Error).name, stopped.error);
		if (error instanceof Cancelled) fail("it was our own Cancelled");
		yield* checkpoint();
	},

	*"an error of the neighbour's cleanup is thrown, the same object"(adapter) {
		if (adapter.lacks?.includes("cleanup")) return;
		const thrown = new Error("cannot close");
		const error = yield* errorOf(() =>
			withCancelScope(function* (scope: CancelScope) {
				yield* withTaskGroup(function* (group) {
					group.spawn(() =>
						adapter.await({
							endless: true,
							cleanup: async () => {
								await Promise.resolve();
								throw thrown;
							},
						}),
					);
					yield* settle();
					scope.cancel();
				});
			}),
		);
		same("what was thrown", error, thrown);
	},

	*"a cleanup that never ends is left when the grace is over"(adapter) {
		if (adapter.lacks?.includes("cleanup")) return;
		yield* withCancelScope({ grace: 5 }, function* (scope: CancelScope) {
			yield* withTaskGroup(function* (group) {
				group.spawn(() => adapter.await({ endless: true, cleanup: () => new Promise(() => {}) }));
				yield* settle();
				scope.cancel();
			});
		});
	},

	*"the neighbour, and what it calls back, see the context variables"(adapter) {
		place.set("here");
		let seen: string | undefined;
		const work = {
			begun: () => {
				seen = place.get();
			},
			value: 1,
		};
		yield* adapter.await(work);
		same("what the neighbour saw", seen, "here");
		if (adapter.lacks?.includes("call")) return;
		const call = function* (): Generator<never, string, unknown> {
			yield* checkpoint();
			return place.get();
		};
		same("what the call saw", yield* adapter.await({ call }), "here");
	},

	*"what the neighbour calls back is stopped and waited for with it"(adapter) {
		if (adapter.lacks?.includes("call")) return;
		const state = { begun: false, cleaned: false };
		yield* withCancelScope(function* (scope: CancelScope) {
			yield* withTaskGroup(function* (group) {
				group.spawn(() => adapter.await({ call: endless(state) }));
				yield* settle();
				same("whether the call had begun", state.begun, true);
				scope.cancel();
			});
		});
		same("whether the call had cleaned up", state.cleaned, true);
	},

	*"10,000 at once"(adapter) {
		const begun = new Event();
		let sum = 0;
		yield* withTaskGroup(function* (group) {
			for (let count = 0; count < MANY; count++)
				group.spawn(function* () {
					yield* begun.wait();
					const value = yield* adapter.await({ value: 1 });
					sum += value as number;
				});
			yield* settle(1);
			begun.set();
		});
		same("the sum", sum, MANY);
	},

	*"10,000 that are cancelled at once"(adapter) {
		let cleaned = 0;
		yield* withCancelScope(function* (scope: CancelScope) {
			yield* withTaskGroup(function* (group) {
				for (let count = 0; count < MANY; count++)
					group.spawn(() =>
						adapter.await({
							endless: true,
							cleanup: async () => {
								cleaned++;
							},
						}),
					);
				yield* settle();
				scope.cancel();
			});
		});
		if (!adapter.lacks?.includes("stop")) same("how many had cleaned up", cleaned, MANY);
	},
};

function* errorOf(
	call: () => { [Symbol.iterator](): Generator<never, unknown, unknown> },
): Generator<never, unknown, unknown> {
	let value: unknown;
	try {
		value = yield* call();
	} catch (error) {
		return error;
	}
	return fail(`it gave ${show(value)}, and should have thrown`);
}
