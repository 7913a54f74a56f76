import {
	type Coroutine,
	checkpoint,
	cleanup,
	createChannel,
	Event,
	moveOnAfter,
	now,
	sleep,
	sleepForever,
	withTaskGroup,
	withTimeout,
} from "holdfast";
import { hostLoop } from "holdfast/loops";
import { equal, ok, outside, settled, test, virtual } from "../harness.ts";

const limit = 60_000;

test(
	"HF-SCL-01",
	"100,000 tasks sleep, are cancelled, and all their finalizers have run when the scope ends",
	async () => {
		let asleep = 0;
		let finalized = 0;
		const start = now();
		await withTaskGroup(async (group) => {
			const sleeper = async (): Promise<void> => {
				asleep++;
				try {
					await sleep(1_000_000);
				} finally {
					await cleanup(() => checkpoint());
					finalized++;
				}
			};
			for (let i = 0; i < 100_000; i++) group.spawn(sleeper);
			await sleep(1);
			equal([asleep, finalized], [100_000, 0]);
			group.cancel();
		});
		equal(finalized, 100_000);
		equal(now() - start, 1);
	},
	{ limit },
);

test(
	"HF-SCL-02",
	"100,000 nested awaits, with a suspension at the bottom, return and throw",
	async () => {
		const depth = 100_000;
		const nest = async (levels: number, error?: Error): Promise<number> => {
			if (levels > 0) return 1 + (await nest(levels - 1, error));
			await checkpoint();
			if (error) throw error;
			return 0;
		};
		equal(await nest(depth), depth);
		const error = new Error("bottom");
		let caught: unknown;
		try {
			await nest(depth, error);
		} catch (thrown) {
			caught = thrown;
		}
		ok(caught === error, "the same object comes up");
	},
	{ limit },
);

test(
	"HF-SCL-03",
	"100,000 nested awaits are cancelled: every finally runs, innermost first",
	async () => {
		const depth = 100_000;
		let left = 0;
		let isInOrder = true;
		const nest = async (level: number): Promise<void> => {
			try {
				if (level < depth) await nest(level + 1);
				else await sleepForever();
			} finally {
				isInOrder &&= depth - level === left;
				left++;
			}
		};
		await moveOnAfter(5, () => nest(1));
		equal([left, isInOrder], [depth, true]);
	},
	{ limit },
);

test(
	"HF-SCL-04",
	"5,000 nested timeouts inside a shorter one: that one catches, and all have been left",
	async () => {
		let left = 0;
		const nest = async (level: number): Promise<void> => {
			try {
				await withTimeout(10_000 - level, async () => {
					if (level < 5000) await nest(level + 1);
					else await sleepForever();
				});
			} finally {
				left++;
			}
		};
		const start = now();
		equal(await moveOnAfter(10, () => nest(1)), undefined);
		equal([left, now() - start], [5000, 10]);
	},
	{ limit },
);

test(
	"HF-SCL-05",
	"5,000 nested groups: a failure at the bottom passes them all",
	async () => {
		const error = new Error("bottom");
		let left = 0;
		const nest = (level: number): Coroutine<void> =>
			withTaskGroup(async (group) => {
				try {
					if (level === 5000) throw error;
					group.spawn(() => sleepForever());
					await nest(level + 1);
				} finally {
					left++;
				}
			});
		let caught: unknown;
		try {
			await nest(1);
		} catch (thrown) {
			caught = thrown;
		}
		ok(caught === error, "the same object comes up");
		equal(left, 5000);
	},
	{ limit },
);

test(
	"HF-SCL-06",
	"a loop of a million awaits that never suspend, and one of 100,000 that do, keep the stack flat",
	async () => {
		const identity = async (x: number): Promise<number> => x;
		let sum = 0;
		for (let i = 0; i < 1_000_000; i++) sum += await identity(1);
		equal(sum, 1_000_000);
		for (let i = 0; i < 100_000; i++) await checkpoint();
	},
	{ limit },
);

test(
	"HF-SCL-07",
	"10,000 waiters of one event, and 100,000 values through a channel",
	async () => {
		const event = new Event();
		let woken = 0;
		const { sender, receiver } = createChannel<number>(16);
		let sum = 0;
		await withTaskGroup(async (group) => {
			for (let i = 0; i < 10_000; i++) {
				group.spawn(async () => {
					await event.wait();
					woken++;
				});
			}
			await sleep(1);
			event.set();
			group.spawn(async () => {
				for (let i = 0; i < 100_000; i++) await sender.send(i);
				sender.close();
			});
			for await (const value of receiver) sum += value;
		});
		equal([woken, sum], [10_000, (99_999 * 100_000) / 2]);
	},
	{ limit },
);

outside(
	"HF-SCL-08",
	"a loop of awaits that never suspend notices a cancellation",
	function* () {
		const controller = new AbortController();
		const identity = async (x: number): Promise<number> => x;
		const main = async (): Promise<string> => {
			setTimeout(() => controller.abort(new Error("stop")), 0);
			for (let i = 0; i < 30_000_000; i++) await identity(i);
			return "the host has not had its turn";
		};
		const { value, error } = yield* settled(virtual(main, { loop: hostLoop(), signal: controller.signal }));
		equal([value, (error as Error | undefined)?.message], [undefined, "stop"]);
	},
	{
		limit,
		compiledOnly: "a generator's await that need not suspend is no checkpoint: only compiled loops have a budget",
	},
);

test(
	"HF-SCL-09",
	"10,000 bare calls, each started by the one before",
	async () => {
		const depth = 10_000;
		const nest = async (levels: number): Promise<number> => {
			if (levels === 0) return 0;
			const [below = 0] = await Promise.all([nest(levels - 1)]);
			return below + 1;
		};
		equal(await nest(depth), depth);
	},
	{ limit, compiledOnly: "a bare call of a generator coroutine starts nothing" },
);

test(
	"HF-SCL-10",
	"100,000 nested awaits that never suspend",
	async () => {
		const depth = 100_000;
		const nest = async (levels: number): Promise<number> => (levels === 0 ? 0 : 1 + (await nest(levels - 1)));
		equal(await nest(depth), depth);
	},
	{ limit },
);
