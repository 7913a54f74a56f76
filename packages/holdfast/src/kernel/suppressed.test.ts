import { expect, test } from "vitest";
import { makeCancelled } from "./cancelled.ts";
import { addSuppressed, suppressedErrors } from "./suppressed.ts";

test("further failures are kept in order, the same object once, an error never beside itself", () => {
	const [primary, second, third] = ["primary", "second", "third"].map((it) => new Error(it)) as [Error, Error, Error];
	for (const error of [second, third, second, primary]) expect(addSuppressed(primary, error)).toBe(true);
	expect(suppressedErrors(primary)).toEqual([second, third]);
	expect(suppressedErrors(second)).toEqual([]);
});

test("they are shown in the printed stack, under the error they belong to", () => {
	const primary = new Error("primary");
	addSuppressed(primary, new TypeError("second"));
	addSuppressed(primary, "a text");
	expect(primary.stack).toMatch(
		/^Error: primary\n[\s\S]*\n {4}suppressed: TypeError: second\n[\s\S]*\n {4}suppressed: a text$/,
	);
	expect(Object.keys(primary)).toEqual([]);
});

test("frozen errors are left alone, but nothing is lost", () => {
	const frozen = Object.freeze(new Error("frozen"));
	const before = frozen.stack;
	const second = new Error("second");
	expect(addSuppressed(frozen, second)).toBe(true);
	expect([suppressedErrors(frozen), frozen.stack]).toEqual([[second], before]);
});

test("a primitive has no room, and none to show", () => {
	for (const primitive of [undefined, null, 5, "text"]) {
		expect(addSuppressed(primitive, new Error("second"))).toBe(false);
		expect(suppressedErrors(primitive)).toEqual([]);
	}
});

test("errors that suppress each other can still be printed", () => {
	const [a, b] = [new Error("a"), new Error("b")];
	addSuppressed(a, b);
	addSuppressed(b, a);
	expect(String(b.stack)).toContain("suppressed: Error: a");
});

test("a cancellation is no failure, and kept with none", () => {
	const primary = new Error("primary");
	expect(addSuppressed(primary, makeCancelled({ kind: "explicit", scope: { name: "" } }))).toBe(true);
	expect(suppressedErrors(primary)).toEqual([]);
});
