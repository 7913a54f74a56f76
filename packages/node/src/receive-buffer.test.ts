import fc from "fast-check";
import { expect, test } from "vitest";
import { ReceiveBuffer } from "./receive-buffer.ts";

test("model: whatever is added comes out once and in order, found where it stands, and what was given stays as it is", () => {
	const step = fc.oneof(
		fc.record({
			what: fc.constant("push" as const),
			length: fc.oneof(fc.nat(20), fc.integer({ min: 4_000, max: 9_000 })),
		}),
		fc.record({ what: fc.constantFrom("take" as const, "takeSome" as const), length: fc.nat(12_000) }),
		fc.record({ what: fc.constant("indexOf" as const), length: fc.nat(255) }),
	);
	fc.assert(
		fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
			const buffer = new ReceiveBuffer();
			let model: number[] = [];
			let next = 0;
			const given: [Uint8Array, string][] = [];
			for (const { what, length } of steps) {
				if (what === "push") {
					const chunk = Uint8Array.from({ length }, () => next++ & 255);
					buffer.push(chunk);
					model.push(...chunk);
				} else if (what === "indexOf") expect(buffer.indexOf(length, 0)).toBe(model.indexOf(length));
				else {
					const bytes = buffer[what](length);
					if (what === "take") expect(bytes.length).toBe(Math.min(length, model.length));
					else expect(bytes.length > 0).toBe(length > 0 && model.length > 0);
					expect([...bytes]).toEqual(model.slice(0, bytes.length));
					model = model.slice(bytes.length);
					given.push([bytes, String(bytes)]);
				}
				expect(buffer.size).toBe(model.length);
			}
			for (const [bytes, text] of given) expect(String(bytes)).toBe(text);
		}),
	);
});

test("what is read as it came is not copied", () => {
	const buffer = new ReceiveBuffer();
	const chunks = [new Uint8Array(65_536), new Uint8Array(65_536)];
	for (const chunk of chunks) buffer.push(chunk);
	for (const chunk of chunks) expect(buffer.takeSome(Number.POSITIVE_INFINITY).buffer).toBe(chunk.buffer);
	expect(buffer.size).toBe(0);
});
