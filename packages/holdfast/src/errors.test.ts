import { expect, test } from "vitest";
import * as errors from "./errors.ts";
import * as holdfast from "./index.ts";

const classes = Object.entries(errors).filter(([name]) => name !== "HoldfastError") as [
	string,
	new (argument: never, message?: string) => Error & { code: string },
][];

test.each(classes)("%s has its class's name, a stable code, and its message", (name, ErrorClass) => {
	const error = name === "TaskGroupError" ? new ErrorClass([] as never, "text") : new ErrorClass("text" as never);
	expect(error).toBeInstanceOf(Error);
	expect(error.name).toBe(name);
	expect(error.code).toMatch(/^HOLDFAST_[A-Z_]+$/);
	expect(error.message).toContain("text");
	expect(error.stack).toContain(`${name}: `);
});

test("no two of them share a code", () => {
	const codes = classes.map(
		([name, ErrorClass]) =>
			(name === "TaskGroupError" ? new ErrorClass([] as never) : new ErrorClass("" as never)).code,
	);
	expect(new Set(codes).size).toBe(classes.length);
});

test("all of them are exported", () => {
	for (const [name] of classes) expect(holdfast).toHaveProperty(name);
});
