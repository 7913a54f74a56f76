import { describe, expect, it } from "vitest";
import { parseArguments } from "./arguments.ts";

describe("the command line", () => {
	it("has a default for everything", () => {
		expect(parseArguments([])).toMatchObject({
			folder: undefined,
			strict: false,
			external: false,
			json: false,
			timeout: 10_000,
			retries: 2,
		});
	});

	it("takes a folder and options in any order", () => {
		expect(parseArguments(["--strict", "docs", "--timeout", "50", "--exclude=a", "--exclude", "b"])).toMatchObject({
			folder: "docs",
			strict: true,
			timeout: 50,
			exclude: ["a", "b"],
		});
		expect(parseArguments(["-h"])).toBe("help");
	});

	it.each([
		[["--nope"], "Unknown option '--nope'"],
		[["a", "b"], "one folder at a time, not 2"],
		[["--timeout", "soon"], '--timeout takes a whole number from 1 to 3600000, not "soon"'],
		[["--concurrency=0"], '--concurrency takes a whole number from 1 to 1024, not "0"'],
		[["--retries", "1.5"], '--retries takes a whole number from 0 to 100, not "1.5"'],
		[["--timeout"], "Option '--timeout <value>' argument missing"],
	])("refuses %j in one line", (args, message) => {
		expect(() => parseArguments(args)).toThrow(expect.objectContaining({ name: "UsageError", message }));
	});
});
