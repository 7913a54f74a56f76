import { describe, expect, test } from "vitest";
import { thrownBy, virtually } from "../test/virtually.ts";
import { Barrier } from "./barrier.ts";
import { broadcast } from "./broadcast.ts";
import { CapacityLimiter } from "./capacity-limiter.ts";
import { Condition } from "./condition.ts";
import { ContextVar } from "./context-var.ts";
import { withTaskGroup } from "./group.ts";
import { Latch } from "./latch.ts";
import { Lock } from "./lock.ts";
import { GuestLoop } from "./loops/guest.ts";
import { VirtualLoop } from "./loops/virtual.ts";
import { map } from "./map.ts";
import { memoize } from "./memoize.ts";
import { Queue } from "./queue.ts";
import { ReadWriteLock } from "./read-write-lock.ts";
import { resource } from "./resource.ts";
import { retry } from "./retry.ts";
import { type RunOptions, run } from "./run.ts";
import type { Report } from "./runner.ts";
import { Semaphore } from "./semaphore.ts";
import { throttle } from "./throttle.ts";

function nothing(): void {}

const counts: Record<string, (count: never) => unknown> = {
	Barrier: (count) => new Barrier(count),
	"broadcast capacity": (count) => broadcast(count),
	CapacityLimiter: (count) => new CapacityLimiter(count),
	"CapacityLimiter.total": (count) => {
		new CapacityLimiter(1).total = count;
	},
	"Condition.notify": (count) => {
		const condition = new Condition();
		condition.lock.tryAcquire();
		condition.notify(count);
	},
	Latch: (count) => new Latch(count),
	"Latch.countDown": (count) => new Latch(9).countDown(count),
	"map concurrency": (count) => map([], nothing, { concurrency: count }),
	"memoize max": (count) => memoize(nothing, { max: count }),
	Queue: (count) => new Queue(count),
	"retry attempts": (count) => retry(nothing, { attempts: count }),
	"retry factor": (count) => retry(nothing, { factor: count }),
	"retry jitter": (count) => retry(nothing, { jitter: count }),
	Semaphore: (count) => new Semaphore(count),
	"Semaphore max": (count) => new Semaphore(1, { max: count }),
	"throttle limit": (count) => throttle(nothing, { limit: count }),
	"throttle concurrency": (count) => throttle(nothing, { concurrency: count }),
};

const values: [unknown, string][] = [
	[null, "null"],
	[Number.NaN, "NaN"],
	[-1, "-1"],
	["5", '"5"'],
	[5n, "5"],
	[Symbol("five"), "Symbol(five)"],
	[true, "true"],
	[[], "an Array"],
	[{}, "an object"],
	[nothing, "the function nothing"],
];

describe("a number that is none is refused with a message that says what it was", () => {
	for (const [name, call] of Object.entries(counts))
		test(name, () => {
			for (const [value, words] of values) {
				const error = thrownBy(() => call(value as never)) as Error;
				expect([error.name, error.message]).toEqual(["RangeError", expect.stringMatching(/ not .*\.$/)]);
				expect(error.message).toContain(`, not ${words}`);
			}
		});
});

test("durations of a policy are named", () => {
	for (const name of ["delay", "maxDelay", "timeout"])
		expect(() => retry(nothing, { [name]: -1 })).toThrow(`retry: ${name}: -1 is not a number of milliseconds`);
	expect(() => retry(nothing, { retryIf: 5 as never })).toThrow("retry: retryIf: the body is 5: pass a function.");
});

test("a wrong overflow policy, wrong options of a group, a variable or a loop", () => {
	expect(() => withTaskGroup(nothing, { errors: 5n as never })).toThrow("withTaskGroup: errors is 5; it may be");
	expect(() => broadcast(1, { overflow: 5n as never })).toThrow("broadcast: overflow is 5; it may be wait");
	expect(() => new ContextVar("x", 5 as never)).toThrow("ContextVar: the options are 5; pass an object.");
	expect(() => new ContextVar("x", { defualt: 5 } as never)).toThrow(/unknown option "defualt"/);
	expect(() => new GuestLoop({ now: 5 as never })).toThrow("GuestLoop: now has to be a function.");
});

test("a wrong body is the only error: nothing is described that is then never awaited", async () => {
	const reports: Report[] = [];
	const withBody: ((body: never) => unknown)[] = [
		(body) => new Lock().with(body),
		(body) => new Semaphore(1).with(body),
		(body) => new CapacityLimiter(1).with(body),
		(body) => new CapacityLimiter(1).onBehalfOf({}).with(body),
		(body) => new ReadWriteLock().read.with(body),
		(body) => new ReadWriteLock().write.with(body),
		(body) => resource(nothing, nothing).with(body),
	];
	await virtually(
		() => {
			for (const call of withBody) expect(() => call(5 as never)).toThrow("the body is 5: pass a function.");
		},
		{ onReport: (report) => reports.push(report) },
	);
	expect(reports).toEqual([]);
});

test("run never throws: what is wrong with its options, or its loop, rejects", async () => {
	const broken = new VirtualLoop();
	broken.now = () => {
		throw new Error("the clock is broken");
	};
	const options: [RunOptions, string][] = [
		[{ loop: null as never }, "run: loop is null; an event loop has now()"],
		[{ signal: null as never }, "run: signal is null; pass an AbortSignal."],
		[{ loop: broken }, "the clock is broken"],
	];
	for (const [wrong, message] of options) await expect(run(nothing, wrong)).rejects.toThrow(message);
});
