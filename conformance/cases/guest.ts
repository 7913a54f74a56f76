import { allBlocked } from "@holdfast/testing";
import { cleanup, currentTask, DeadlockError, Event, now, ScopeMisuseError, sleep, suspend } from "holdfast";
import { GuestLoop } from "holdfast/loops";
import { equal, instance, ok, outside, settled, thrownBy, value, virtual } from "../harness.ts";

/** A loop on a clock that stands still but for `pumpAt`. */
function guest(): { loop: GuestLoop; pumpAt(time: number): void } {
	let time = 0;
	const loop = new GuestLoop({ now: () => time });
	return {
		loop,
		pumpAt(at) {
			time = at;
			loop.pump(Number.POSITIVE_INFINITY);
		},
	};
}

outside("GST-01", "what main gives, and what it throws, comes out of run", function* () {
	const { loop, pumpAt } = guest();
	const error = new Error("broken");
	const given = virtual(
		async () => {
			await sleep(5);
			return `at ${now()}`;
		},
		{ loop },
	);
	const broken = settled(
		virtual(
			async () => {
				await sleep(5);
				throw error;
			},
			{ loop },
		),
	);
	pumpAt(4);
	pumpAt(7);
	equal(yield* value(given), "at 7");
	equal((yield* broken).error, error);
});

outside(
	"GST-02",
	"when run returns main has run up to its first wait; what is wrong with it is a rejection; nothing runs between pumps",
	function* () {
		const { loop, pumpAt } = guest();
		const log: string[] = [];
		const event = new Event();
		const result = virtual(
			async () => {
				log.push("begun");
				await event.wait();
				log.push("woken");
			},
			{ loop },
		);
		equal(log, ["begun"]);
		event.set();
		equal(log, ["begun"]);
		pumpAt(0);
		equal(log, ["begun", "woken"]);
		yield* value(result);
		const { error } = yield* settled(virtual(undefined as never, { loop }));
		instance(error, TypeError);
		equal(loop.nextDeadline, Number.POSITIVE_INFINITY);
	},
);

outside(
	"GST-04",
	"allBlocked on a guest loop is an error that says so; a pump that finds nothing to do wakes nobody",
	function* () {
		const { loop, pumpAt } = guest();
		const log: string[] = [];
		const result = virtual(
			async () => {
				await sleep(10);
				log.push("slept");
				await allBlocked(5);
			},
			{ loop },
		);
		for (let pumps = 0; pumps < 5; pumps++) pumpAt(9);
		equal(log, []);
		pumpAt(10);
		const { error } = yield* settled(result);
		equal(log, ["slept"]);
		ok(/allBlocked\(\)/.test(String(error)), `it names itself: ${String(error)}`);
	},
);

outside("GST-05", "a callback of the host is in no task, and wakes one that goes on in the next pump", function* () {
	const { loop, pumpAt } = guest();
	const log: string[] = [];
	let wake: (text: string) => void = () => {};
	const result = virtual(
		async () => {
			const text = await suspend<string>((resume) => {
				wake = resume;
			});
			log.push(`${currentTask().name} ${text}`);
		},
		{ loop, name: "main" },
	);
	pumpAt(0);
	instance(
		thrownBy(() => currentTask()),
		ScopeMisuseError,
	);
	wake("woken");
	equal(log, []);
	pumpAt(0);
	equal(log, ["main woken"]);
	yield* value(result);
});

outside(
	"GST-06",
	"a host that stops pumping: when the process would exit the run fails with DeadlockError, after its cleanup; an error of a hook comes out of pump()",
	function* () {
		const { loop, pumpAt } = guest();
		const log: string[] = [];
		const result = virtual(
			async () => {
				try {
					await sleep(5);
				} finally {
					await cleanup(() => sleep(0));
					log.push("cleaned");
				}
			},
			{ loop },
		);
		const outcome = settled(result);
		loop.callSoon(() => {
			throw new Error("hook");
		});
		ok(/hook/.test(String(thrownBy(() => pumpAt(0)))), "the hook's error comes out of pump()");
		(globalThis as { process?: { emit?(event: string): unknown } }).process?.emit?.("beforeExit");
		const { error } = yield* outcome;
		instance(error, DeadlockError);
		ok(/pump/.test(error.message), `the message names the culprit: ${error.message}`);
		equal(log, ["cleaned"]);
	},
	{ needs: "process" },
);
