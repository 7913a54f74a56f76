import fc from "fast-check";
import { expect, test } from "vitest";
import { Fifo } from "./fifo.ts";

test("the first in is the first out, whatever comes between", () => {
	fc.assert(
		fc.property(fc.array(fc.constantFrom("push", "push", "shift", "clear"), { maxLength: 400 }), (actions) => {
			const fifo = new Fifo<number>();
			let model: number[] = [];
			for (const [index, action] of actions.entries()) {
				if (action === "push") {
					fifo.push(index);
					model.push(index);
				} else if (action === "shift") {
					if (model.length > 0) expect(fifo.shift()).toBe(model.shift());
				} else {
					fifo.clear();
					model = [];
				}
				expect(fifo.size).toBe(model.length);
			}
		}),
	);
});

test("a long queue is emptied in order, and what has left is not held", () => {
	const fifo = new Fifo<number>();
	for (let round = 0; round < 3; round++) {
		for (let value = 0; value < 1_000; value++) fifo.push(value);
		for (let value = 0; value < 1_000; value++) expect(fifo.shift()).toBe(value);
		expect(fifo.size).toBe(0);
	}
});
