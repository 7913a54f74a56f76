// After every test of this package nothing is open that was not open before it: sockets, servers, processes, workers, requests
// to the system. Set up in vitest.config.ts.
import { afterEach, beforeEach, expect } from "vitest";

const isOurs = import.meta.dirname.replace(/test$/, "");

if (expect.getState().testPath?.startsWith(isOurs)) {
	let before: readonly string[] = [];
	beforeEach(() => {
		before = handles();
	});
	afterEach(async () => {
		await expect.poll(() => without(handles(), before), { message: "left open", timeout: 10_000 }).toEqual([]);
	});
}

/** What keeps the process alive, without timers: those are the test runner's as well. */
function handles(): string[] {
	return process.getActiveResourcesInfo().filter((kind) => kind !== "Timeout" && kind !== "Immediate");
}

function without(all: readonly string[], some: readonly string[]): string[] {
	const rest = [...some];
	return all.filter((kind) => {
		const place = rest.indexOf(kind);
		if (place >= 0) rest.splice(place, 1);
		return place < 0;
	});
}
