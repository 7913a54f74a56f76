import { BrokenResourceError, sleep, withTaskGroup } from "holdfast";
import { expect, test } from "vitest";
import { allBlocked, Sequencer, virtualRun } from "./index.ts";

test("steps run in the order of their positions, whoever comes first", async () => {
	const seen: string[] = [];
	const order = new Sequencer();
	await virtualRun(() =>
		withTaskGroup(function* (group) {
			group.spawn(function* () {
				yield* order.at(1, () => void seen.push("one"));
				yield* order.at(3, () => void seen.push("three"));
			});
			group.spawn(function* () {
				yield* order.at(0, function* () {
					yield* sleep(50);
					seen.push("zero");
				});
				yield* order.at(2, () => void seen.push("two"));
			});
			yield* sleep(0);
		}),
	);
	expect(seen).toEqual(["zero", "one", "two", "three"]);
});

test("a step gives what its body gives, and one that throws has ended", async () => {
	const order = new Sequencer();
	const results = await virtualRun(function* (): Generator<unknown, unknown[], never> {
		const first = yield* order.at(0, () => 42);
		let caught: unknown;
		try {
			yield* order.at(1, () => {
				throw new Error("step");
			});
		} catch (error) {
			caught = error;
		}
		return [first, (caught as Error).message, yield* order.at(2, () => "on")];
	});
	expect(results).toEqual([42, "step", "on"]);
});

test("a step that is cancelled while it waits breaks the order for the later ones", async () => {
	const order = new Sequencer();
	await virtualRun(() =>
		withTaskGroup(function* (group) {
			const waiting = group.spawn(() => order.at(1, () => {}));
			const later = group.spawn(function* () {
				try {
					yield* order.at(2, () => {});
					return undefined;
				} catch (error) {
					return error;
				}
			});
			yield* allBlocked();
			waiting.cancel();
			expect(yield* later).toBeInstanceOf(BrokenResourceError);
			let caught: unknown;
			try {
				yield* order.at(0, () => {});
			} catch (error) {
				caught = error;
			}
			expect(caught).toBeInstanceOf(BrokenResourceError);
		}),
	);
});

test("a position is an integer from 0 and can be used once", () => {
	const order = new Sequencer();
	void order.at(0, () => {});
	expect(() => order.at(0, () => {})).toThrow("used already");
	expect(() => order.at(-1, () => {})).toThrow(RangeError);
	expect(() => order.at(0.5, () => {})).toThrow(RangeError);
});
