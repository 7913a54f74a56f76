// After every test of this package, and of the adapters of frameworks, nothing is open that was not open before it: sockets,
// servers, processes, workers, requests to the system. Set up in vitest.config.ts.
import { join } from "node:path";
import { afterEach, beforeEach, expect } from "vitest";

const packages = join(import.meta.dirname, "../..");
const isOurs = ["node/", "interop/src/http-"].some((name) =>
	expect.getState().testPath?.startsWith(join(packages, name)),
);

if (isOurs) {
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
