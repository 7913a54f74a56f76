/** The same function under three kinds of runners. */
import { expect, it } from "vitest";
import * as observables from "./observables.ts";
import * as operations from "./operations.ts";
import * as strict from "./strict.ts";
import * as tasks from "./tasks.ts";

function logging(): { lines: string[]; log: (line: string) => void } {
	const lines: string[] = [];
	return { lines, log: (line) => void lines.push(line) };
}

it("tasks: what is called has begun, what is not awaited is waited for", async () => {
	const { lines, log } = logging();
	expect(await tasks.start(log)).toBe(9);
	expect(lines.slice(0, 3)).toEqual(["willow begins", "oak begins", "sequoia begins"]);
	expect(lines.slice(3).toSorted()).toEqual(["oak ends", "sequoia ends", "willow ends"]);
});

it("strict: a forgotten await is an error at the call, and nothing has begun; what runs at once says so", async () => {
	const { lines, log } = logging();
	await expect(strict.start(strict.forgetful, log)).rejects.toThrow(/^measure\(\) was called without await/);
	await expect(strict.start(strict.forgetful, log)).rejects.toMatchObject({
		name: "BareCallError",
		stack: expect.stringMatching(/forgetful.*strict\.ts/),
	});
	expect(lines).toEqual([]);
	expect(await strict.start(strict.main, log)).toBe(9);
	expect(lines.at(-1)).toBe("sequoia ends");
});

it("operations: nothing begins before it is evaluated, twice is twice, and the loser of a race has ended", async () => {
	const { lines, log } = logging();
	expect(await operations.start(log)).toEqual([6, 3, 0]);
	expect(lines.slice(0, 3)).toEqual(["described", "willow begins", "oak begins"]);
	expect(lines.filter((line) => line === "willow begins")).toHaveLength(2);
	expect(lines.filter((line) => line === "willow ends")).toHaveLength(2);
	expect(lines.at(-1)).toBe("willow ends");
	expect(lines.join()).not.toMatch(/sequoia/);
});

it("observables: each subscription makes the call, and unsubscribing cancels it", async () => {
	const { lines, log } = logging();
	expect(await observables.start(log)).toEqual([6, 6, 12, 12]);
	expect(lines[0]).toBe("described");
	expect(lines.filter((line) => line === "oak begins")).toHaveLength(2);
});
