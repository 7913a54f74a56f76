import { Effect } from "effect";
import * as effection from "effection";
import { run } from "holdfast";

export const guarantee = "A loop of awaits that never have to wait leaves the host its turn";
export const about =
	"A timer of the host is due after 1 ms. A loop awaits a call that gives a value at once, until the timer has fired or a second has passed.";
export const holds = (seen) => seen === "the timer fired";
export const notes = {
	holdfast: "compiled loops have a time budget; in generators `checkpoint()` gives way",
	effection: "an operation that does not wait is a plain call; `sleep(0)` gives way",
	effect: "a fiber gives way after so many steps",
	trio: "only its own functions are checkpoints, as documented; `trio.lowlevel.checkpoint()` gives way",
};

function watch() {
	const end = performance.now() + 1_000;
	const state = { fired: false, goesOn: () => !state.fired && performance.now() < end };
	setTimeout(() => {
		state.fired = true;
	}, 1);
	return state;
}

const verdict = ({ fired }) => (fired ? "the timer fired" : "the timer did not fire");

export async function holdfast() {
	const state = watch();
	const work = async () => 1;
	await run(async () => {
		while (state.goesOn()) await work();
	});
	return verdict(state);
}

export async function inEffection() {
	const state = watch();
	function* work() {
		return 1;
	}
	await effection.run(function* () {
		while (state.goesOn()) yield* work();
	});
	return verdict(state);
}

export async function inEffect() {
	const state = watch();
	const work = Effect.sync(() => 1);
	await Effect.runPromise(
		Effect.gen(function* () {
			while (state.goesOn()) yield* work;
		}),
	);
	return verdict(state);
}
