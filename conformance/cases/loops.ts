import {
	all,
	checkpoint,
	DeadlockError,
	Event,
	moveOnAfter,
	now,
	race,
	run,
	sleep,
	sleepForever,
	withTaskGroup,
	withTimeout,
} from "holdfast";
import { type EventLoop, hostLoop, VirtualLoop } from "holdfast/loops";
import { equal, hostTurn, instance, ok, outside, settled, test, value, virtual } from "../harness.ts";

/** The least that a loop has to be; its time goes on only when nothing else is to be done. */
function handWrittenLoop(): EventLoop {
	let time = 1000;
	const alarms = new Set<{ when: number; fn: () => void }>();
	const next = (): void => {
		const [first] = [...alarms].sort((a, b) => a.when - b.when);
		if (first === undefined) return;
		alarms.delete(first);
		time = Math.max(time, first.when);
		first.fn();
	};
	return {
		now: () => time,
		callSoon: (fn) => {
			queueMicrotask(fn);
		},
		callAt: (when, fn) => {
			const alarm = { when, fn };
			alarms.add(alarm);
			setTimeout(next, 0);
			return () => {
				alarms.delete(alarm);
			};
		},
	};
}

outside(
	"HF-LOOP-01",
	"a loop needs three functions: a hand-written one runs scopes, deadlines and groups",
	function* () {
		const main = async (): Promise<unknown[]> => {
			const start = now();
			const log: unknown[] = [start];
			await withTaskGroup(async (group) => {
				group.spawn(async () => {
					await sleep(10);
					log.push("child");
				});
				await checkpoint();
				log.push("body");
			});
			log.push(await moveOnAfter(20, () => sleepForever()));
			log.push(now() - start);
			return log;
		};
		equal(yield* value(virtual(main, { loop: handWrittenLoop() })), [1000, "body", "child", undefined, 30]);
	},
);

outside("HF-LOOP-02", "on the host's loop a delay beyond its timers' range does not fire at once", function* () {
	const main = async (): Promise<string> =>
		await race([
			async () => {
				await sleep(2 ** 33);
				return "fired";
			},
			async () => {
				await hostTurn();
				await hostTurn();
				return "still waiting";
			},
		]);
	equal(yield* value(virtual(main, { loop: hostLoop() })), "still waiting");
});

outside("HF-LOOP-03", "the host's loop: sleeping, timing out and taking turns", function* () {
	const main = async (): Promise<unknown[]> => {
		const start = now();
		const values = await all([
			async () => {
				await sleep(2);
				return "slept";
			},
			async () => await withTimeout(10_000, async () => "in time"),
			async () => await moveOnAfter(1, () => sleepForever()),
		]);
		return [...values, now() - start >= 2];
	};
	equal(yield* value(virtual(main, { loop: hostLoop() })), ["slept", "in time", undefined, true]);
});

outside("HF-LOOP-04", "several runs share one virtual loop and its time", function* () {
	const loop = new VirtualLoop();
	const log: string[] = [];
	const main = (name: string, milliseconds: number) => async (): Promise<void> => {
		for (let i = 0; i < 2; i++) {
			await sleep(milliseconds);
			log.push(`${name} at ${now()}`);
		}
	};
	yield* value(Promise.all([virtual(main("a", 10), { loop }), virtual(main("b", 15), { loop })]));
	equal(log, ["a at 10", "b at 15", "a at 20", "b at 30"]);
});

outside("HF-LOOP-05", "a DeadlockError names the tasks and what they wait for; cleanup has run", function* () {
	const log: string[] = [];
	const main = async (): Promise<void> => {
		await withTaskGroup(async (group) => {
			group.spawnWith({ name: "stuck" }, async () => {
				try {
					await new Event().wait();
				} finally {
					log.push("stuck");
				}
			});
			try {
				await sleepForever();
			} finally {
				log.push("body");
			}
		});
	};
	const { error } = yield* settled(virtual(main, { name: "program" }));
	instance(error, DeadlockError);
	ok(/stuck/.test(error.message), `the message names the task: ${error.message}`);
	equal(log.sort(), ["body", "stuck"]);
});

test("HF-LOOP-06", "sleep(Infinity) waits until it is cancelled", async () => {
	const start = now();
	equal(await moveOnAfter(5, () => sleep(Number.POSITIVE_INFINITY)), undefined);
	equal(now() - start, 5);
});

outside("HF-LOOP-07", "a run on a loop that has been used before starts at its time", function* () {
	const loop = new VirtualLoop();
	yield* value(run(() => sleep(10), { loop }));
	equal(yield* value(run(() => now(), { loop })), 10);
});
