import {
	type CancelScope,
	checkpoint,
	currentDeadline,
	currentScope,
	currentTask,
	now,
	shield,
	sleep,
	sleepForever,
	withCancelScope,
	withSignal,
	withTaskGroup,
} from "holdfast";
import { VirtualLoop } from "holdfast/loops";
import { collectGarbage, equal, hostTurn, ok, outside, same, seen, test, thrown, value, virtual } from "../harness.ts";

test("CAN-01", "in a cancelled scope every suspension throws, except under a shield", async () => {
	const log: string[] = [];
	await withCancelScope(function* (scope) {
		scope.cancel();
		for (const wait of [checkpoint, sleepForever, () => sleep(0), () => sleep(5)]) {
			const error = yield* seen(wait);
			equal(error.name, "AbortError");
		}
		yield* shield(() => checkpoint());
		log.push("shielded checkpoint");
	});
	equal(log, ["shielded checkpoint"]);
});

test("CAN-02", "cancelling twice changes nothing; two sleeps in succession both throw", async () => {
	let count = 0;
	await withCancelScope(function* (scope) {
		scope.cancel("first");
		scope.cancel("second");
		for (let i = 0; i < 2; i++) {
			const error = yield* seen(() => sleep(1));
			equal(error.reason.text, "first");
			count++;
		}
	});
	equal(count, 2);
});

test("CAN-04", "of two cancelled scopes the outer one catches; what is around them is left alone", async () => {
	const scopes: CancelScope[] = [];
	await withCancelScope(async (first) => {
		await withCancelScope(async (second) => {
			await withCancelScope(async (third) => {
				scopes.push(first, second, third);
				third.cancel();
				second.cancel();
				await sleepForever();
			});
		});
	});
	equal(
		scopes.map((it) => it.cancelledCaught),
		[false, true, false],
	);
});

test("CAN-05", "a shield hides outer cancellation, not its own and no inner one", async () => {
	const log: string[] = [];
	await withCancelScope(async (outer) => {
		outer.cancel();
		await withCancelScope({ shield: true }, async (middle) => {
			await checkpoint();
			log.push("shielded");
			await withCancelScope(async (inner) => {
				inner.cancel();
				await checkpoint();
				log.push("not reached: inner");
			});
			middle.cancel();
			await checkpoint();
			log.push("not reached: its own");
		});
		log.push("left the shield");
		await checkpoint();
		log.push("not reached: outer");
	});
	equal(log, ["shielded", "left the shield"]);
});

test("CAN-05", "setting scope.shield takes effect at the next suspension", async () => {
	const log: string[] = [];
	await withCancelScope(async (outer) => {
		outer.cancel();
		await withCancelScope(async (inner) => {
			inner.shield = true;
			await checkpoint();
			log.push("shielded");
			inner.shield = false;
			log.push("shield taken away");
			await checkpoint();
			log.push("not reached");
		});
	});
	equal(log, ["shielded", "shield taken away"]);
});

test("CAN-06", "taking a shield away interrupts at once what sleeps behind it", async () => {
	const log: string[] = [];
	await withTaskGroup(async (group) => {
		let shielded: CancelScope | undefined;
		group.spawn(async () => {
			try {
				await withCancelScope({ shield: true }, async (scope) => {
					shielded = scope;
					await sleepForever();
				});
			} finally {
				log.push("interrupted");
			}
		});
		await checkpoint();
		await checkpoint();
		group.cancel();
		await shield(async () => {
			await sleep(5);
			log.push("still asleep");
			if (shielded !== undefined) shielded.shield = false;
			await sleep(1);
			log.push("after");
		});
	});
	equal(log, ["still asleep", "interrupted", "after"]);
});

test(
	"CAN-08",
	"a scope whose signal is aborted, or whose deadline has passed, before it is entered cancels at the first suspension",
	async () => {
		const log: string[] = [];
		const error = await thrown(() =>
			withSignal(AbortSignal.abort(new Error("gone")), async () => {
				log.push("entered");
				await checkpoint();
				log.push("not reached");
			}),
		);
		equal((error as Error).message, "gone");
		await withCancelScope({ deadline: -1 }, async () => {
			log.push("entered");
			await checkpoint();
			log.push("not reached");
		});
		equal(log, ["entered", "entered"]);
	},
);

test("CAN-09", "the coroutine of a scope runs once", async () => {
	const scope = withCancelScope(async () => 1);
	equal(await scope, 1);
	ok((await thrown(() => scope)) instanceof Error, "the second await throws");
});

test(
	"CAN-10",
	"cancelCalled is true once the deadline has passed, and stays so when the deadline is moved",
	async () => {
		await withCancelScope({ timeout: 5 }, async (scope) => {
			equal(scope.cancelCalled, false);
			await shield(() => sleep(10));
			equal(scope.cancelCalled, true);
			scope.deadline = Number.POSITIVE_INFINITY;
			equal(scope.cancelCalled, true);
			await checkpoint();
			throw new Error("not reached");
		});
	},
);

test("CAN-21", "5,000 nested scopes are cancelled", async () => {
	let depth = 0;
	let left = 0;
	let outermost: CancelScope | undefined;
	const nest = async (): Promise<void> => {
		try {
			await withCancelScope(async (scope) => {
				outermost ??= scope;
				depth++;
				if (depth < 5000) await nest();
				else {
					outermost.cancel();
					await sleepForever();
				}
			});
		} finally {
			left++;
		}
	};
	await nest();
	equal([depth, left], [5000, 5000]);
	await checkpoint();
});

test("CAN-22", "a scope that a child is in can be cancelled from another task", async () => {
	const log: string[] = [];
	await withTaskGroup(async (group) => {
		let inner: CancelScope | undefined;
		group.spawn(async () => {
			await withCancelScope(async (scope) => {
				inner = scope;
				await sleepForever();
			});
			log.push("left the scope");
		});
		await sleep(1);
		inner?.cancel();
		await sleep(1);
		log.push("body");
	});
	equal(log, ["left the scope", "body"]);
});

test("CAN-24", "a checkpoint in a cancelled scope within a cancelled scope cancels the outer one", async () => {
	const log: string[] = [];
	let outer: CancelScope | undefined;
	await withCancelScope(async (scope) => {
		outer = scope;
		scope.cancel();
		await withCancelScope(async (inner) => {
			inner.cancel();
			await checkpoint();
		});
		log.push("not reached");
	});
	equal([log.length, outer?.cancelledCaught], [0, true]);
});

test("CAN-25", "three scopes, the innermost shielded: the first checkpoint after the shield throws", async () => {
	for (const inMiddle of [true, false]) {
		const log: string[] = [];
		await withCancelScope(async (outer) => {
			await withCancelScope(async () => {
				await withCancelScope({ shield: true }, async () => {
					outer.cancel();
					await checkpoint();
					log.push("shielded");
				});
				if (inMiddle) {
					await checkpoint();
					log.push("not reached: middle");
				}
			});
			await checkpoint();
			log.push("not reached: outer");
		});
		equal(log, ["shielded"]);
	}
});

test("CAN-26", "cleanup in a shield after a cancellation: no deadline inside, none left outside", async () => {
	const deadlines: number[] = [];
	await withCancelScope(async (scope) => {
		scope.cancel();
		await shield(async () => {
			deadlines.push(currentDeadline());
			await checkpoint();
		});
		deadlines.push(currentDeadline());
	});
	deadlines.push(currentDeadline());
	equal(deadlines, [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
});

test(
	"CAN-30",
	"what a cancelled task held is released",
	async () => {
		let reference: WeakRef<object> | undefined;
		await withTaskGroup(async (group) => {
			const holder = async (): Promise<void> => {
				const held = { large: true };
				reference = new WeakRef(held);
				await sleepForever();
				held.large = false;
			};
			const task = group.spawn(holder);
			await sleep(1);
			task.cancel();
			await sleep(1);
			await hostTurn();
			collectGarbage();
			equal(reference?.deref(), undefined);
		});
	},
	{ needs: "gc" },
);

class CountingLoop extends VirtualLoop {
	wakeUps = 0;
	override callSoon(callback: () => void): void {
		this.wakeUps++;
		super.callSoon(callback);
	}
}

outside("CAN-32", "a cancelled scope that must wait does not spin", function* () {
	const loop = new CountingLoop();
	const main = async (): Promise<number> => {
		let spent = 0;
		await withCancelScope(async (scope) => {
			scope.cancel();
			await shield(async () => {
				const before = loop.wakeUps;
				await withTaskGroup(async (group) => {
					group.spawn(() => {});
					await sleep(1000);
				});
				spent = loop.wakeUps - before;
			});
		});
		return spent;
	};
	const spent = yield* value(virtual(main, { loop }));
	ok(spent < 20, `${spent} wake-ups for one sleep`);
});

test("HF-CAN-10", "scopes create no task; currentScope is the innermost one", async () => {
	const task = currentTask();
	const outer = currentScope();
	await withCancelScope({ name: "mine" }, async (scope) => {
		same(currentTask(), task);
		same(currentScope(), scope);
		equal(scope.name, "mine");
		await withCancelScope(async (inner) => {
			same(currentScope(), inner);
		});
		same(currentScope(), scope);
	});
	same(currentScope(), outer);
});

test("HF-CAN-15", "a lazy coroutine that is started by then belongs to the scope around it", async () => {
	const start = now();
	await withCancelScope(async () => {
		void sleep(10).then(() => {});
	});
	equal(now() - start, 10);
	const error = new Error("body");
	const failing = withCancelScope(async () => {
		void sleep(1000).then(undefined, () => {});
		await checkpoint();
		throw error;
	});
	same(await thrown(() => failing), error);
	equal(now() - start, 10);
});
