import { BlockingLoop, type Cancel, type EventLoop, GuestLoop, hostLoop, VirtualLoop } from "holdfast/loops";
import { expect, test } from "vitest";
import { checkLoop, LoopContractError } from "./check-loop.ts";

test("the host's loop keeps the contract", () => checkLoop(hostLoop));

test("the virtual loop keeps it", () => checkLoop(() => new VirtualLoop()));

test("the blocking loop keeps it", () => checkLoop(() => new BlockingLoop(), { turn: (loop) => loop.turn() }));

test("a guest loop that is pumped now and then keeps it", () =>
	checkLoop(() => new GuestLoop(), { turn: (loop) => loop.pump() }));

test("a guest loop with next to no budget keeps it", () =>
	checkLoop(() => new GuestLoop(), { turn: (loop) => loop.pump(0) }));

test("a guest loop that asks for its pumps keeps it", () =>
	checkLoop(() => {
		const loop: GuestLoop = new GuestLoop({
			schedule: (delay) => {
				const timer = setTimeout(() => loop.pump(), delay);
				return () => clearTimeout(timer);
			},
		});
		return loop;
	}));

test("a guest loop on the clock of a game keeps it", () => {
	let time = 0;
	return checkLoop(() => new GuestLoop({ now: () => time }), {
		turn: (loop) => {
			time = Math.max(time, Math.min(loop.nextDeadline, time + 10));
			loop.pump(Number.POSITIVE_INFINITY);
		},
	});
});

/** The host's loop with something broken. */
function broken(change: (loop: EventLoop) => Partial<EventLoop>): () => EventLoop {
	return () => {
		const loop = hostLoop();
		return { ...loop, ...change(loop) };
	};
}

async function rulesBrokenBy(makeLoop: () => EventLoop, patience = 200): Promise<string> {
	try {
		await checkLoop(makeLoop, { patience });
	} catch (error) {
		expect(error).toBeInstanceOf(LoopContractError);
		return (error as LoopContractError).broken.join("\n");
	}
	throw new Error("The contract was kept.");
}

test.each<[string, RegExp, () => EventLoop]>([
	["a clock that goes back", /now\(\) is .*: it was -\d/, broken((loop) => ({ now: () => -loop.now() }))],
	["a clock that is none", /now\(\) is .*: it was NaN/, broken(() => ({ now: () => Number.NaN }))],
	[
		"last come, first served",
		/callSoon calls .*: 99, 98/,
		() => {
			let stack: (() => void)[] = [];
			return {
				...hostLoop(),
				callSoon(fn: () => void): void {
					if (stack.push(fn) > 1) return;
					queueMicrotask(() => {
						const all = stack.reverse();
						stack = [];
						for (const one of all) one();
					});
				},
			};
		},
	],
	[
		"callSoon that calls twice",
		/callSoon calls .*instead of/,
		broken(() => ({
			callSoon(fn: () => void): void {
				queueMicrotask(fn);
				queueMicrotask(fn);
			},
		})),
	],
	[
		"alarms that are early",
		/callAt never calls .*: an alarm for [\d.]+ rang at/,
		broken((loop) => ({
			callAt(_when: number, fn: () => void): Cancel {
				loop.callSoon(fn);
				return () => {};
			},
		})),
	],
	[
		"alarms that cannot be taken back",
		/an alarm that was taken back .*: taken back before, rung/,
		broken((loop) => ({
			callAt(when: number, fn: () => void): Cancel {
				loop.callAt(when, fn);
				return () => {};
			},
		})),
	],
	["a loop that calls nothing", /callSoon calls .*: not over after 200 ms/, broken(() => ({ callSoon: () => {} }))],
	["a watch that cannot be ended", /watch gave undefined/, broken(() => ({ watch: (() => {}) as never }))],
	["a slice that is none", /slice is NaN/, broken(() => ({ slice: Number.NaN }))],
])("%s is named", async (_name, message, makeLoop) => {
	expect(await rulesBrokenBy(makeLoop)).toMatch(message);
});

test("wrong arguments are named", async () => {
	await expect(checkLoop(hostLoop() as never)).rejects.toThrow(/a function that makes a loop/);
	await expect(checkLoop(hostLoop, { patience: -1 })).rejects.toThrow(RangeError);
});
