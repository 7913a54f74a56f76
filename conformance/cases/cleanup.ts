import {
	type CancelScope,
	checkpoint,
	cleanup,
	createChannel,
	Event,
	moveOnAfter,
	now,
	onExit,
	shield,
	sleep,
	sleepForever,
	suppressedErrors,
	TimeoutError,
	withCancelScope,
	withTaskGroup,
	withTimeout,
} from "holdfast";
import { equal, instance, outside, same, seen, settled, test, thrown, value, virtual } from "../harness.ts";

test("HF-CLN-01", "a cleanup region runs although its scope is cancelled", async () => {
	const log: string[] = [];
	const start = now();
	await withCancelScope(async (scope) => {
		try {
			scope.cancel();
			await sleepForever();
		} finally {
			await cleanup(async () => {
				await sleep(10);
				await checkpoint();
				log.push(`cleaned up at ${now() - start}`);
			});
		}
	});
	equal(log, ["cleaned up at 10"]);
});

test("HF-CLN-02", "when the grace is over, a cleanup region is interrupted too", async () => {
	const log: string[] = [];
	const start = now();
	await withCancelScope({ grace: 50 }, async (scope) => {
		scope.cancel();
		try {
			await sleepForever();
		} finally {
			try {
				await cleanup(async () => {
					await sleep(30);
					log.push(`still cleaning at ${now() - start}`);
					await sleepForever();
					log.push("not reached");
				});
			} finally {
				log.push(`interrupted at ${now() - start}`);
			}
		}
	});
	equal(log, ["still cleaning at 30", "interrupted at 50"]);
});

test("HF-CLN-03", "the default grace is 5,000 ms; inner scopes and tasks inherit it", async () => {
	const ends: number[] = [];
	const start = now();
	const stubborn = async (): Promise<void> => {
		try {
			await sleepForever();
		} finally {
			try {
				await cleanup(() => sleepForever());
			} finally {
				ends.push(now() - start);
			}
		}
	};
	await withCancelScope(async (scope) => {
		equal(scope.grace, 5000);
		scope.cancel();
		await stubborn();
	});
	await withCancelScope({ grace: 100 }, async (scope) => {
		await withTaskGroup(async (group) => {
			equal(group.grace, 100);
			group.spawn(stubborn);
			await sleep(10);
			scope.cancel();
		});
	});
	equal(ends, [5000, 5110]);
});

test("HF-CLN-04", "grace 0: the first await of a cleanup throws", async () => {
	const log: string[] = [];
	await withCancelScope({ grace: 0 }, async (scope) => {
		scope.cancel();
		try {
			await checkpoint();
		} finally {
			log.push("finally");
			try {
				await cleanup(async () => {
					log.push("cleanup");
					await checkpoint();
					log.push("not reached");
				});
			} finally {
				log.push("end");
			}
		}
	});
	equal(log.at(0), "finally");
	equal(log.at(-1), "end");
	equal(log.includes("not reached"), false);
});

test("HF-CLN-05", "grace Infinity: a cleanup takes as long as it takes", async () => {
	const start = now();
	await withCancelScope({ grace: Number.POSITIVE_INFINITY }, async (scope) => {
		scope.cancel();
		try {
			await checkpoint();
		} finally {
			await cleanup(() => sleep(1_000_000));
		}
	});
	equal(now() - start, 1_000_000);
});

test("HF-CLN-06", "cancelling again while cleanup runs changes nothing but an earlier grace", async () => {
	const start = now();
	let scope: CancelScope | undefined;
	await withTaskGroup(async (group) => {
		group.spawn(async () => {
			await sleep(10);
			scope?.cancel("again");
			await sleep(10);
			scope?.cancel("with a later grace", { grace: 100_000 });
			await sleep(10);
			scope?.cancel("with an earlier grace", { grace: 100 });
		});
		await withCancelScope({ grace: 1000 }, function* (it) {
			scope = it;
			it.cancel("first");
			const error = yield* seen(() => sleepForever());
			equal(error.reason.text, "first");
			try {
				yield* checkpoint();
			} finally {
				yield* cleanup(() => sleepForever());
			}
		});
	});
	equal(now() - start, 100);
});

test("HF-CLN-07", "scope.grace can be set to an earlier value while cleanup runs", async () => {
	const start = now();
	await withTaskGroup(async (group) => {
		await withCancelScope(async (scope) => {
			group.spawn(async () => {
				await sleep(10);
				scope.grace = 20;
			});
			scope.cancel();
			try {
				await checkpoint();
			} finally {
				await cleanup(() => sleepForever());
			}
		});
	});
	equal(now() - start, 20);
});

test("HF-CLN-08", "a cancellation during cleanup is seen at the first suspension after the region", async () => {
	const log: string[] = [];
	await withCancelScope(async (scope) => {
		await cleanup(async () => {
			scope.cancel();
			await sleep(1);
			log.push("protected");
		});
		log.push("left the region");
		await checkpoint();
		log.push("not reached");
	});
	equal(log, ["protected", "left the region"]);
});

test("HF-CLN-09", "a scope inside a cleanup region can be cancelled as any other", async () => {
	const log: string[] = [];
	const start = now();
	await withCancelScope(async (scope) => {
		scope.cancel();
		try {
			await checkpoint();
		} finally {
			await cleanup(async () => {
				instance(await thrown(() => withTimeout(5, () => sleepForever())), TimeoutError);
				log.push(`timeout at ${now() - start}`);
				await moveOnAfter(5, () => sleepForever());
				log.push(`moved on at ${now() - start}`);
				await sleep(5);
			});
		}
	});
	equal(log, ["timeout at 5", "moved on at 10"]);
	equal(now() - start, 15);
});

test("HF-CLN-10", "tasks that are started inside a cleanup region are protected as it is", async () => {
	const log: string[] = [];
	await withCancelScope(async (scope) => {
		scope.cancel();
		try {
			await checkpoint();
		} finally {
			await cleanup(() =>
				withTaskGroup(async (group) => {
					group.spawn(async () => {
						await sleep(10);
						log.push("child");
					});
				}),
			);
		}
	});
	equal(log, ["child"]);
});

test("HF-CLN-11", "onExit callbacks run when the scope around them ends, last first, protected", async () => {
	const log: string[] = [];
	const work = async (how: string): Promise<void> => {
		onExit(() => {
			log.push(`${how}: first`);
		});
		onExit(async () => {
			await sleep(1);
			log.push(`${how}: second`);
		});
		if (how === "error") throw new Error(how);
		if (how === "cancelled") await sleepForever();
	};
	await withCancelScope(async () => await work("value"));
	await thrown(() => withCancelScope(async () => await work("error")));
	await moveOnAfter(5, async () => await work("cancelled"));
	equal(log, [
		"value: second",
		"value: first",
		"error: second",
		"error: first",
		"cancelled: second",
		"cancelled: first",
	]);
});

test(
	"HF-CLN-12",
	"a failure in an onExit callback does not hide the body's error, nor the other way round",
	async () => {
		const body = new Error("body");
		const exit = new Error("exit");
		const failing = withCancelScope(async () => {
			onExit(() => {
				throw exit;
			});
			throw body;
		});
		same(await thrown(() => failing), body);
		equal(suppressedErrors(body), [exit]);
		const only = withCancelScope(async () => {
			onExit(() => {
				throw exit;
			});
			return "value";
		});
		same(await thrown(() => only), exit);
	},
);

test("HF-CLN-13", "a shield inside a cancelled scope is not bounded by a deadline that has passed", async () => {
	const start = now();
	await moveOnAfter(5, async () => {
		await shield(() => sleep(20));
	});
	equal(now() - start, 20);
});

test("HF-CLN-14", "a channel and an event can be used in cleanup", async () => {
	const { sender, receiver } = createChannel<string>(1);
	const event = new Event();
	await withTaskGroup(async (group) => {
		const task = group.spawn(async () => {
			try {
				await sleepForever();
			} finally {
				await cleanup(async () => {
					await sender.send("goodbye");
					await event.wait();
				});
			}
		});
		await sleep(1);
		task.cancel();
		equal(await receiver.receive(), "goodbye");
		equal(task.state, "cancelling");
		event.set();
		await thrown(() => task);
		equal(task.state, "cancelled");
	});
});

outside("HF-CLN-15", "run's grace bounds the cleanup of the whole run", function* () {
	const controller = new AbortController();
	const log: number[] = [];
	const main = async (): Promise<void> => {
		const start = now();
		try {
			controller.abort(new Error("stop"));
			await sleepForever();
		} finally {
			try {
				await cleanup(() => sleepForever());
			} finally {
				log.push(now() - start);
			}
		}
	};
	const result = yield* settled(virtual(main, { signal: controller.signal, grace: 70 }));
	equal((result.error as Error).message, "stop");
	equal(log, [70]);
});

outside("HF-CLN-20", "after the end of a run nothing of it is left running", function* () {
	let alive = 0;
	const main = async (): Promise<string> => {
		await moveOnAfter(5, () =>
			withTaskGroup(async (group) => {
				for (let i = 0; i < 10; i++) {
					group.spawn(async () => {
						alive++;
						try {
							await sleepForever();
						} finally {
							await cleanup(() => sleep(i));
							alive--;
						}
					});
				}
			}),
		);
		return "value";
	};
	equal(yield* value(virtual(main)), "value");
	equal(alive, 0);
});
