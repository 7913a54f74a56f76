import { expectCount, seeded } from "../harness.mjs";
import { inRun } from "../holdfast.mjs";

const fired = () => {
	throw new Error("a timer fired");
};

/** Delays between ten seconds and some twenty minutes, the same in every run. */
function delays(count) {
	const random = seeded(count);
	return Array.from({ length: count }, () => 10_000 + Math.floor(random() * 1_000_000));
}
const moved = delays(1024);

async function native(pending, n) {
	const others = delays(pending).map((delay) => setTimeout(fired, delay));
	const start = performance.now();
	let armed = 0;
	for (let i = 0; i < n; i++) {
		const timer = setTimeout(fired, moved[i & 1023]);
		armed++;
		clearTimeout(timer);
	}
	const milliseconds = performance.now() - start;
	others.forEach(clearTimeout);
	return { done: armed, milliseconds };
}

async function holdfast(pending) {
	const { coroutine, checkpoint, now, sleep, withCancelScope, withTaskGroup } = await import("holdfast");
	let asleep = 0;
	const sleeper = coroutine(function* (delay) {
		asleep++;
		yield* sleep(delay);
		fired();
	});
	return (n) =>
		inRun(
			coroutine(function* () {
				return yield* withTaskGroup(function* (group) {
					asleep = 0;
					for (const delay of delays(pending)) {
						group.spawn(sleeper, delay);
					}
					while (asleep < pending) {
						yield* checkpoint();
					}
					let armed = 0;
					const milliseconds = yield* withCancelScope(function* (scope) {
						const start = performance.now();
						for (let i = 0; i < n; i++) {
							scope.deadline = now() + moved[i & 1023];
							armed++;
							scope.deadline = Number.POSITIVE_INFINITY;
						}
						yield* checkpoint();
						return performance.now() - start;
					});
					expectCount("tasks still asleep", group.tasks.length, pending);
					group.cancel();
					return { done: armed, milliseconds };
				});
			}),
		);
}

export default ({ quick }) =>
	[1_000, 10_000, 100_000, ...(quick ? [] : [1_000_000])].map((pending) => ({
		work: `timer armed and taken back beside ${pending.toLocaleString("en")}`,
		unit: "deadline set and taken back",
		native: "setTimeout and clearTimeout, beside as many timers of the same lengths",
		series: { name: "timer armed and taken back", size: pending, of: "timers" },
		target: { native: 1.5 },
		step: 20_000,
		contestants: {
			native: () => ({ run: (n) => native(pending, n) }),
			"holdfast-generators": async () => ({ run: await holdfast(pending) }),
		},
	}));
