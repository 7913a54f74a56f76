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

const pending = 100;

async function nativeDeadlines(n) {
	const others = Array.from({ length: pending }, () => setTimeout(fired, 10_000));
	let timer;
	for (let i = 0; i < n; i++) {
		timer = setTimeout(fired, 10_000);
		counts.armed++;
		clearTimeout(timer);
	}
	others.forEach(clearTimeout);
}

export default [
	{
		work: "timer arm and cancel",
		unit: "time limit around a call that ends at once",
		native: "setTimeout, an awaited native async call, clearTimeout in a finally",
		target: { native: 1.5 },
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
	{
		work: "timer arm and cancel (a scope's deadline, nothing else)",
		unit: "deadline set and taken back",
		native: "setTimeout and clearTimeout, with 100 other timers of the same length pending",
		target: { native: 1.5 },
		contestants: {
			native: () => counted(nativeDeadlines),
			"holdfast-compiled": async () => {
				const program = await compiled("timers");
				return counted((n) => inRun(program.deadlines, counts, pending, n));
			},
		},
	},
];
