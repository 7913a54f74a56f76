import { Effect, Fiber } from "effect";
import * as effection from "effection";
import { expectCount } from "../harness.mjs";
import { compiled, inRun } from "../holdfast.mjs";
import { effectionPause, effectPause } from "../pauses.mjs";

const size = 100;

async function nativeChild(counts, value) {
	counts.started++;
	await undefined;
	counts.finished++;
	return value;
}
async function nativeProgram(counts, size, n) {
	for (let done = 0; done < n; done += size) {
		const tasks = [];
		for (let i = 0; i < size; i++) {
			tasks.push(nativeChild(counts, i));
		}
		for (const value of await Promise.all(tasks)) {
			counts.sum += value;
		}
	}
}

function* effectionChild(counts, value) {
	counts.started++;
	yield* effectionPause;
	counts.finished++;
	return value;
}
function* effectionProgram(counts, size, n) {
	for (let done = 0; done < n; done += size) {
		yield* effection.scoped(function* () {
			const tasks = [];
			for (let i = 0; i < size; i++) {
				tasks.push(yield* effection.spawn(() => effectionChild(counts, i)));
			}
			for (const task of tasks) {
				counts.sum += yield* task;
			}
		});
	}
}

const effectChild = Effect.fnUntraced(function* (counts, value) {
	counts.started++;
	yield* effectPause;
	counts.finished++;
	return value;
});
const effectProgram = Effect.fnUntraced(function* (counts, size, n) {
	for (let done = 0; done < n; done += size) {
		const fibers = [];
		for (let i = 0; i < size; i++) {
			fibers.push(yield* Effect.forkChild(effectChild(counts, i)));
		}
		for (const fiber of fibers) {
			counts.sum += yield* Fiber.join(fiber);
		}
	}
});

function counted(program) {
	return {
		async run(n) {
			const counts = { started: 0, finished: 0, sum: 0 };
			await program(counts, size, n);
			expectCount("tasks started", counts.started, n);
			expectCount("sum of results", counts.sum, (n / size) * ((size * (size - 1)) / 2));
			return counts.finished;
		},
	};
}

export default {
	work: "spawn and join, suspending",
	unit: `task that suspends once, ${size} in a group`,
	native: "native async calls that await undefined once, joined by Promise.all",
	step: size,
	target: { native: 1.3, effection: 400, effect: 6 },
	contestants: {
		native: () => counted(nativeProgram),
		"holdfast-compiled": async () => {
			const program = await compiled("spawn-join");
			return counted((...args) => inRun(program.spawnAndJoin, ...args));
		},
		"holdfast-generators": async () => {
			const { checkpoint, coroutine, withTaskGroup } = await import("holdfast");
			const child = coroutine(function* (counts, value) {
				counts.started++;
				yield* checkpoint();
				counts.finished++;
				return value;
			});
			function* batch(group, counts, size) {
				const tasks = [];
				for (let i = 0; i < size; i++) {
					tasks.push(group.spawn(child, counts, i));
				}
				let sum = 0;
				for (const task of tasks) {
					sum += yield* task;
				}
				return sum;
			}
			const program = coroutine(function* (counts, size, n) {
				for (let done = 0; done < n; done += size) {
					counts.sum += yield* withTaskGroup((group) => batch(group, counts, size));
				}
			});
			return counted((...args) => inRun(program, ...args));
		},
		effection: () => counted((...args) => effection.run(() => effectionProgram(...args))),
		effect: () => counted((...args) => Effect.runPromise(effectProgram(...args))),
	},
};
