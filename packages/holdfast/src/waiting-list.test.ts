import fc from "fast-check";
import { expect, test } from "vitest";
import type { KernelTask } from "./kernel/task.ts";
import { Waiter, WaitingList } from "./waiting-list.ts";

/** Stands for a task: parks and nothing else. */
function parked(): KernelTask {
	return { park: () => undefined } as unknown as KernelTask;
}

test("the list agrees with an array under any order of entering, calling up and leaving", () => {
	const action = fc.oneof(
		fc.record({ kind: fc.constant("park" as const), at: fc.nat() }),
		fc.record({ kind: fc.constant("shift" as const), at: fc.nat() }),
		fc.record({ kind: fc.constant("abort" as const), at: fc.nat() }),
	);
	fc.assert(
		fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
			const list = new WaitingList();
			const model: Waiter[] = [];
			for (const { kind, at } of actions) {
				if (kind === "park") {
					const waiter = new Waiter(parked(), "a test");
					model.push(waiter);
					list.park(waiter);
				} else if (kind === "shift") expect(list.shift()).toBe(model.shift() ?? null);
				else if (model.length > 0) expect(model.splice(at % model.length, 1)[0]?.abort()).toBe(true);
				expect(list.size).toBe(model.length);
				expect(list.first).toBe(model[0] ?? null);
			}
			const rest: Waiter[] = [];
			for (let waiter = list.first; waiter !== null; waiter = waiter.next) rest.push(waiter);
			expect(rest).toEqual(model);
		}),
	);
});

test("a waiter tells once that it has left, and a second abort does nothing", () => {
	let left = 0;
	class Counting extends Waiter {
		override left(): void {
			left++;
		}
	}
	const list = new WaitingList();
	const [first, second] = [new Counting(parked(), "a"), new Counting(parked(), "b")];
	list.park(first);
	list.park(second);
	first.abort();
	first.abort();
	expect(left).toBe(1);
	expect(list.shift()).toBe(second);
	second.abort();
	expect([left, list.size]).toEqual([2, 0]);
});
