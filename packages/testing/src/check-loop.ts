import {
	type Coroutine,
	createChannel,
	moveOnAfter,
	now,
	run,
	sleep,
	sleepForever,
	suspend,
	withTaskGroup,
	withTimeout,
} from "holdfast";
import type { EventLoop } from "holdfast/loops";

/** A loop breaks the contract of event loops; `broken` says how. */
export class LoopContractError extends Error {
	override readonly name: string = "LoopContractError";
	readonly code: string = "HOLDFAST_LOOP_CONTRACT";
	/** A line for each rule that does not hold. */
	readonly broken: readonly string[];

	constructor(broken: readonly string[]) {
		super(`The loop breaks its contract:\n  ${broken.join("\n  ")}`);
		this.broken = broken;
	}
}

/** Options of `checkLoop`. */
export interface CheckLoopOptions<L extends EventLoop> {
	/** Drives a loop that does not drive itself: pumps it once, and sets its clock to the next deadline if it does not run. */
	turn?: (loop: L) => unknown;
	/** After how many real milliseconds without an end a rule is broken (default 5,000). */
	patience?: number;
}

type Rule = (loop: EventLoop) => Generator<unknown, void, never>;

/**
 * The contract of event loops, as a suite that any loop can be run through: order and instants of `callSoon`, `callAt` and
 * `yieldToHost`, the clock, and whole programs with tasks, timeouts and channels, several at once and one after the other.
 * Each rule gets a loop of its own from `makeLoop`. Takes well under a second.
 *
 * @throws LoopContractError that lists every broken rule
 * @throws RangeError for NaN and negative patience
 * @example
 * await checkLoop(() => new MyLoop());
 * await checkLoop(() => new GuestLoop(), { turn: (loop) => loop.pump() });
 */
export async function checkLoop<L extends EventLoop>(
	makeLoop: () => L,
	options: CheckLoopOptions<L> = {},
): Promise<void> {
	const { turn, patience = 5_000 } = options;
	if (typeof makeLoop !== "function")
		throw new TypeError("checkLoop() takes a function that makes a loop, not a loop.");
	if (!(patience >= 0)) throw new RangeError(`checkLoop: patience is ${patience}; it is a number of milliseconds.`);
	const broken: string[] = [];
	for (const [name, rule] of Object.entries(RULES)) {
		let problem: string | undefined;
		for (let attempt = 0; attempt < ATTEMPTS && problem !== ""; attempt++) {
			problem = await problemWith(rule, makeLoop(), turn, patience);
			if (problem === undefined) break;
		}
		if (problem !== "") broken.push(`${name}: ${problem ?? `not over after ${patience} ms`}`);
	}
	if (broken.length > 0) throw new LoopContractError(broken);
}

/** A machine that stalls between two lines may bring the instants of a rule out of order; not three times. */
const ATTEMPTS = 3;

/** What is wrong: nothing is `""`; `undefined` if there was no end. */
async function problemWith<L extends EventLoop>(
	rule: Rule,
	loop: L,
	turn: ((loop: L) => unknown) | undefined,
	patience: number,
): Promise<string | undefined> {
	let problem: string | undefined;
	run(() => rule(loop), { loop, name: "rule" }).then(
		() => {
			problem = "";
		},
		(error: unknown) => {
			problem = error instanceof Error ? error.message : String(error);
		},
	);
	const end = performance.now() + patience;
	while (problem === undefined && performance.now() < end) {
		turn?.(loop);
		await hostTurn();
	}
	return problem;
}

const RULES: Record<string, Rule> = {
	*"now() is a finite number that never goes back"(loop) {
		let last = Number.NEGATIVE_INFINITY;
		for (let count = 0; count < 20; count++) {
			const time = loop.now();
			if (!Number.isFinite(time)) fail(`it was ${time}`);
			if (time < last) fail(`it was ${last}, then ${time}`);
			last = time;
			if (count < 10) yield* called((done) => loop.callSoon(done));
			else yield* called((done) => void loop.callAt(time + 0.5, done));
		}
	},

	*"callSoon calls first come, first served, each once, and never before it returns"(loop) {
		const log: number[] = [];
		yield* called((done) => {
			for (let number = 0; number < 100; number++) loop.callSoon(() => log.push(number));
			if (log.length > 0) fail("it called before it returned");
			loop.callSoon(done);
		});
		yield* called((done) => loop.callSoon(done));
		same(log, [...log.keys()].slice(0, 100), 100);
	},

	*"what is added inside of a callback comes after what was there before"(loop) {
		const log: string[] = [];
		yield* called((done) => {
			loop.callSoon(() => {
				log.push("first");
				loop.callSoon(() => {
					log.push("added");
					done();
				});
				log.push("end of first");
			});
			loop.callSoon(() => log.push("second"));
		});
		same(log, ["first", "end of first", "second", "added"], 4);
	},

	*"callAt never calls before it returns, nor before its instant"(loop) {
		for (const delay of [-1_000, 0, 0.3, 2, 3.7]) {
			const when = loop.now() + delay;
			let returned = false;
			yield* called((done) => {
				loop.callAt(when, () => {
					if (!returned) fail(`an alarm in ${delay} ms rang before callAt returned`);
					done();
				});
				returned = true;
			});
			if (loop.now() < when) fail(`an alarm for ${when} rang at ${loop.now()}`);
		}
	},

	*"alarms ring in the order of their instants"(loop) {
		const log: number[] = [];
		const start = loop.now();
		yield* called((done) => {
			for (const delay of [15, 3, 9, 21])
				loop.callAt(start + delay, () => {
					log.push(delay);
					if (log.length === 4) done();
				});
		});
		same(log, [3, 9, 15, 21], 4);
	},

	*"an alarm that was taken back does not ring; to take it back again, or after it rang, does nothing"(loop) {
		const log: string[] = [];
		const start = loop.now();
		const before = loop.callAt(start + 2, () => log.push("taken back before"));
		before();
		before();
		yield* called((done) => {
			const late = loop.callAt(start + 12, () => log.push("taken back by an earlier one"));
			const rung = loop.callAt(start + 4, () => {
				log.push("rung");
				late();
				rung();
			});
			loop.callAt(start + 20, done);
		});
		same(log, ["rung"], 1);
	},

	*"yieldToHost, if there is one, calls once, never before it returns, and starves no alarm"(loop) {
		if (loop.yieldToHost === undefined) return;
		let returned = false;
		yield* called((done) => {
			loop.yieldToHost?.(() => {
				if (!returned) fail("it called before it returned");
				done();
			});
			returned = true;
		});
		if (!goesByItself(loop)) return;
		let rung = false;
		loop.callAt(loop.now() + 2, () => {
			rung = true;
		});
		while (!rung) yield* called((done) => loop.yieldToHost?.(done));
	},

	*"slice, if given, is a number of milliseconds; watch, if given, gives a function that ends it"(loop) {
		const { slice } = loop;
		if (slice !== undefined && !(slice >= 0)) fail(`slice is ${slice}`);
		if (loop.watch === undefined) return;
		const unwatch: unknown = loop.watch({ waitsOutside: () => true, waitsForPromise: () => true, deadlock: () => {} });
		if (typeof unwatch !== "function") fail(`watch gave ${typeof unwatch}`);
		(unwatch as () => void)();
	},

	*"a program with tasks, channels and timeouts runs, and its sleeps last as long as they say"() {
		const log: string[] = [];
		const { sender, receiver } = createChannel<string>(0);
		yield* withTaskGroup(function* (group) {
			for (const delay of [12, 2, 7])
				group.spawn(function* () {
					const start = now();
					yield* sleep(delay);
					if (now() - start < delay) fail(`a sleep of ${delay} ms was over after ${now() - start}`);
					yield* sender.send(`slept ${delay}`);
				});
			for (let count = 0; count < 3; count++) log.push(yield* receiver.receive());
		});
		log.push(String(yield* moveOnAfter(2, () => sleepForever())));
		log.push(yield* withTimeout(60_000, () => inTime()));
		same(log, ["slept 2", "slept 7", "slept 12", "undefined", "in time"], 5);
	},

	*"several runs share it, and it can be used again"(loop) {
		const log: string[] = [];
		yield* called((done) => {
			const ended = (): void => {
				if (log.length === 3) done();
			};
			const start = (name: string, delay: number, next?: () => void): void => {
				loop.callSoon(() => {
					const main = function* (): Generator<unknown, void, never> {
						yield* sleep(delay);
						log.push(name);
						next?.();
						ended();
					};
					void run(main, { loop, name });
				});
			};
			start("slow", 12);
			start("quick", 2, () => start("again", 1));
		});
		same(log, ["quick", "again", "slow"], 3);
	},
};

function* inTime(): Generator<unknown, string, never> {
	yield* sleep(0);
	return "in time";
}

/** Waits until something has been called that `start` hands to the loop. */
function called(start: (done: () => void) => void): Coroutine<void> {
	return suspend<void>(
		(resume) => {
			start(() => resume());
			return () => {};
		},
		{ label: "the loop's callback" },
	);
}

/** Whether its time goes on by itself, and not only when there is nothing else to do. */
function goesByItself(loop: EventLoop): boolean {
	const start = loop.now();
	const end = performance.now() + 2;
	while (performance.now() < end);
	return loop.now() > start;
}

function same(log: readonly unknown[], expected: readonly unknown[], length: number): void {
	if (log.length === length && log.every((entry, index) => entry === expected[index])) return;
	fail(`${log.join(", ") || "nothing"} was called, in this order, instead of ${expected.join(", ")}`);
}

function fail(problem: string): never {
	throw new Error(problem);
}

function hostTurn(): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, 0));
}
