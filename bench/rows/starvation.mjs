// biome-ignore-all lint/correctness/useYield: calls that never suspend are what is measured
import { compiled, inRun } from "../holdfast.mjs";
import { lagAtRest, lagBeside } from "../lag.mjs";

const crowdSize = 10_000;

async function nativeCheckpoints(busy) {
	while (busy.on) {
		await undefined;
		busy.turn();
	}
}
function nativePingPong(busy) {
	let wake = () => {};
	const side = async () => {
		while (busy.on) {
			await new Promise((resolve) => {
				wake();
				wake = resolve;
			});
			busy.turn();
		}
		wake();
	};
	return Promise.all([side(), side()]);
}
const nativeCrowd = (busy) => Promise.all(Array.from({ length: crowdSize }, () => nativeCheckpoints(busy)));
const nativeLeaf = async (value) => value + 1;
async function nativeNeverSuspends(busy) {
	let value = 0;
	while (busy.on) {
		value = await nativeLeaf(value);
		busy.turn();
	}
	return value;
}

async function generatorPrograms() {
	const { checkpoint, coroutine, createChannel, withTaskGroup } = await import("holdfast");
	const checkpoints = coroutine(function* (busy) {
		while (busy.on) {
			yield* checkpoint();
			busy.turn();
		}
	});
	const echo = coroutine(function* (requests, answers, busy) {
		while (busy.on) {
			yield* answers.send((yield* requests.receive()) + 1);
		}
	});
	const leaf = coroutine(function* (value) {
		return value + 1;
	});
	return {
		checkpoints,
		pingPong: coroutine(function* (busy) {
			const requests = createChannel(1);
			const answers = createChannel(1);
			yield* withTaskGroup(function* (group) {
				group.spawn(echo, requests.receiver, answers.sender, busy);
				while (busy.on) {
					yield* requests.sender.send(1);
					yield* answers.receiver.receive();
					busy.turn();
				}
				group.cancel();
			});
		}),
		crowd: coroutine(function* (busy, size) {
			yield* withTaskGroup(function* (group) {
				for (let i = 0; i < size; i++) {
					group.spawn(checkpoints, busy);
					if (i % 50 === 0) {
						yield* checkpoint();
					}
				}
			});
		}),
		neverSuspends: coroutine(function* (busy) {
			let value = 0;
			while (busy.on) {
				value = yield* leaf(value);
				busy.turn();
			}
			return value;
		}),
	};
}

function lagRow(beside, description, native, name, milliseconds) {
	const holdfast = (programs, options) => async () => {
		const program = (await programs())[name];
		return await lagBeside((busy) => inRun(program, busy, crowdSize), milliseconds, options);
	};
	// A generator that never suspends never comes by the kernel.
	const generators = name === "neverSuspends" ? { starves: true } : {};
	return {
		work: `lag of a 1 ms timer beside ${beside}, p99`,
		unit: "firing of the timer",
		native: `${description}; microtasks alone, so the host waits until it stops`,
		isolated: true,
		rounds: 3,
		valueUnit: "ms",
		target: { below: 5 },
		contestants: {
			"host at rest": () => lagAtRest(milliseconds),
			native: () => lagBeside(native, milliseconds / 4, { starves: true }),
			"holdfast-compiled": holdfast(() => compiled("busy")),
			"holdfast-generators": holdfast(generatorPrograms, generators),
		},
	};
}

export default ({ quick }) => {
	const milliseconds = quick ? 500 : 2000;
	return [
		lagRow("a checkpoint loop", "await undefined in a loop", nativeCheckpoints, "checkpoints", milliseconds),
		lagRow("channel ping-pong", "two tasks resolve each other's promises", nativePingPong, "pingPong", milliseconds),
		lagRow("10,000 tasks always ready", "10,000 such loops", nativeCrowd, "crowd", milliseconds),
		lagRow("awaits that never suspend", "the same source", nativeNeverSuspends, "neverSuspends", milliseconds),
	];
};
