import {
	type CancelScope,
	checkpoint,
	moveOnAfter,
	shield,
	sleep,
	sleepForever,
	suppressedErrors,
	TaskGroupError,
	withCancelScope,
	withTaskGroup,
} from "holdfast";
import { equal, instance, same, seen, test, thrown } from "../harness.ts";

test("CAN-16", "of many cancellations and one error, the error leaves the cancelled scope", async () => {
	const error = new Error("cleanup");
	const wrapped = await thrown(() =>
		withCancelScope(async (scope) => {
			await withTaskGroup(
				async (group) => {
					for (let i = 0; i < 3; i++) group.spawn(() => sleepForever());
					group.spawn(async () => {
						try {
							await sleepForever();
						} finally {
							// biome-ignore lint/correctness/noUnsafeFinally: the case is about an error of the cleanup.
							throw error;
						}
					});
					await checkpoint();
					await checkpoint();
					scope.cancel();
				},
				{ errors: "group" },
			);
		}),
	);
	instance(wrapped, TaskGroupError);
	equal(wrapped.errors, [error]);
});

test("CAN-17", "a group of errors passes a cancelled scope unchanged; the scope caught nothing", async () => {
	const wrapped = new AggregateError([new Error("one"), new Error("two")]);
	let inner: CancelScope | undefined;
	const passed = await thrown(() =>
		withCancelScope(async (scope) => {
			inner = scope;
			scope.cancel();
			throw wrapped;
		}),
	);
	same(passed, wrapped);
	equal(inner?.cancelledCaught, false);
});

test("CAN-18", "a group whose tasks were all cancelled is absorbed by the cancelled scope", async () => {
	let inner: CancelScope | undefined;
	const result = await withCancelScope(async (scope) => {
		inner = scope;
		await withTaskGroup(
			async (group) => {
				for (let i = 0; i < 3; i++) group.spawn(() => sleepForever());
				await checkpoint();
				scope.cancel();
				await sleepForever();
			},
			{ errors: "group" },
		);
		return "not reached";
	});
	equal([result, inner?.cancelledCaught], [undefined, true]);
});

test("HF-CAN-01", "an outer scope that is cancelled while cleanup runs is not an error", async () => {
	const log: string[] = [];
	await withCancelScope(async (outer) => {
		await withCancelScope(async (inner) => {
			try {
				inner.cancel();
				await sleepForever();
			} finally {
				outer.cancel();
				log.push("cleanup");
			}
		});
		log.push("not reached");
	});
	equal(log, ["cleanup"]);
});

test("HF-CAN-03", "a scope's body that gives a value after all gives it", async () => {
	let scope: CancelScope | undefined;
	const value = await withCancelScope(async (it) => {
		scope = it;
		it.cancel();
		return "value";
	});
	equal([value, scope?.cancelledCaught], ["value", false]);
	const swallowed = await withCancelScope(function* (it): Generator<never, string, unknown> {
		scope = it;
		it.cancel();
		yield* seen(() => checkpoint());
		return "value";
	});
	equal([swallowed, scope?.cancelledCaught], ["value", false]);
});

test(
	"HF-CAN-04",
	"no statement after a cancelled call runs, at any depth and under plain yield* delegation",
	async () => {
		const log: string[] = [];
		function* innermost(): Generator<never, void, unknown> {
			try {
				yield* sleepForever();
				log.push("not reached: innermost");
			} finally {
				yield* sleepQuietly();
				log.push("finally: innermost");
			}
		}
		function* sleepQuietly(): Generator<never, void, unknown> {
			yield* shield(() => sleep(1));
		}
		function* middle(): Generator<never, void, unknown> {
			yield* innermost();
			log.push("not reached: middle");
		}
		const outermost = async (): Promise<void> => {
			try {
				await withCancelScope(function* () {
					yield* middle();
					log.push("not reached: scope");
				});
				log.push("not reached: outermost");
			} finally {
				log.push("finally: outermost");
			}
		};
		await moveOnAfter(5, outermost);
		equal(log, ["finally: innermost", "finally: outermost"]);
	},
);

test("HF-CAN-05", "a frame that returns although it was cancelled does not resume its caller", async () => {
	const log: string[] = [];
	const stubborn = async (): Promise<string> => {
		try {
			await sleepForever();
			return "not reached";
		} finally {
			// biome-ignore lint/correctness/noUnsafeFinally: the case is about such a return.
			return "stubborn";
		}
	};
	await moveOnAfter(5, async () => {
		log.push(await stubborn());
	});
	equal(log, []);
});

test("HF-CAN-06", "the same for a generator that catches Cancelled and returns", async () => {
	const log: string[] = [];
	await moveOnAfter(5, async () => {
		await withTaskGroup(async () => {
			await withCancelScope(function* () {
				try {
					yield* sleepForever();
				} catch {
					log.push("swallowed");
				}
			});
			log.push("not reached: the timeout is still cancelled");
		});
		log.push("not reached");
	});
	equal(log, ["swallowed"]);
});

test("HF-CAN-07", "an error that cleanup throws wins over the cancellation and passes the scope", async () => {
	const error = new Error("cleanup");
	const inScope = withCancelScope(async (scope) => {
		scope.cancel();
		try {
			await checkpoint();
		} finally {
			// biome-ignore lint/correctness/noUnsafeFinally: the case is about an error of the cleanup.
			throw error;
		}
	});
	same(await thrown(() => inScope), error);
	equal(suppressedErrors(error), []);
});

test("HF-CAN-12", "a task can be cancelled before it has run", async () => {
	let ran = false;
	await withTaskGroup(async (group) => {
		const task = group.spawn(async () => {
			await checkpoint();
			ran = true;
		});
		task.cancel();
		await checkpoint();
		await checkpoint();
		equal(task.state, "cancelled");
	});
	equal(ran, false);
});
