// biome-ignore-all lint/correctness/useYield: calls that never suspend are what is measured
import { Effect } from "effect";
import * as effection from "effection";
import { expectCount } from "../harness.mjs";
import { compiled, inRun } from "../holdfast.mjs";

const counts = { armed: 0, fired: 0 };
const fired = () => {
	counts.fired++;
};

async function quick() {
	counts.armed++;
}
async function nativeArmAndCancel(n) {
	for (let i = 0; i < n; i++) {
		const timer = setTimeout(fired, 10_000);
		try {
			await quick();
		} finally {
			clearTimeout(timer);
		}
	}
}

function* effectionQuick() {
	counts.armed++;
}
function* effectionArmAndCancel(n) {
	for (let i = 0; i < n; i++) {
		yield* effection.race([effectionQuick(), effection.sleep(10_000)]);
	}
}

const effectQuick = Effect.fnUntraced(function* () {
	counts.armed++;
});
const effectArmAndCancel = Effect.fnUntraced(function* (n) {
	for (let i = 0; i < n; i++) {
		yield* Effect.timeout(effectQuick(), 10_000);
	}
});

function counted(program) {
	return {
		async run(n) {
			counts.armed = 0;
			await program(n);
			expectCount("timers fired", counts.fired, 0);
			return counts.armed;
		},
	};
}

/** `pending` other timers stand by, as on a server with that many connections. */
function loopRow(pending) {
	const standBy = (arm) => {
		for (let i = 0; i < pending; i++) {
			arm(60_000 + i);
		}
	};
	return {
		work: `timer arm and cancel (event loop alone, ${pending.toLocaleString("en")} others pending)`,
		unit: "timer armed and cancelled, 100 at a time",
		native: "setTimeout and clearTimeout",
		step: 100,
		contestants: {
			native: () => {
				standBy((milliseconds) => setTimeout(fired, milliseconds).unref());
				return {
					run(n) {
						let done = 0;
						const timers = [];
						while (done < n) {
							for (let i = 0; i < 100; i++) {
								timers.push(setTimeout(fired, 10_000));
							}
							for (const timer of timers) {
								clearTimeout(timer);
								done++;
							}
							timers.length = 0;
						}
						expectCount("timers fired", counts.fired, 0);
						return done;
					},
				};
			},
			holdfast: async () => {
				const { hostLoop } = await import("holdfast/loops");
				const loop = hostLoop();
				standBy((milliseconds) => loop.callAt(loop.now() + milliseconds, fired));
				return {
					run(n) {
						let done = 0;
						const cancels = [];
						while (done < n) {
							for (let i = 0; i < 100; i++) {
								cancels.push(loop.callAt(loop.now() + 10_000, fired));
							}
							for (const cancel of cancels) {
								cancel();
								done++;
							}
							cancels.length = 0;
						}
						expectCount("timers fired", counts.fired, 0);
						return done;
					},
				};
			},
		},
	};
}

export default [
	{
		work: "timer arm and cancel",
		unit: "time limit around a call that ends at once",
		native: "setTimeout, an awaited native async call, clearTimeout in a finally",
		contestants: {
			native: () => counted(nativeArmAndCancel),
			"holdfast-compiled": async () => {
				const program = await compiled("timers");
				return { run: (n) => inRun(program.armAndCancel, n) };
			},
			"holdfast-generators": async () => {
				const { coroutine, withTimeout } = await import("holdfast");
				const quick = coroutine(function* () {
					counts.armed++;
				});
				const program = coroutine(function* (n) {
					for (let i = 0; i < n; i++) {
						yield* withTimeout(10_000, quick);
					}
				});
				return counted((n) => inRun(program, n));
			},
			effection: () => counted((n) => effection.run(() => effectionArmAndCancel(n))),
			effect: () => counted((n) => Effect.runPromise(effectArmAndCancel(n))),
		},
	},
	loopRow(0),
	loopRow(10_000),
];
