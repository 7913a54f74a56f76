import { expect, test } from "vitest";
import { virtually } from "../test/virtually.ts";
import { coroutine } from "./coroutine.ts";
import { cleanup, moveOnAfter, shield } from "./scopes.ts";
import { sleepForever } from "./sleep.ts";

test.each([
	["cleanup", cleanup],
	["shield", shield],
] as const)("giving way to the host does not skip %s in a cancelled scope", async (_name, region) => {
	let entered = 0;
	const level = coroutine(function* (depth: number): Generator<never, void, unknown> {
		try {
			if (depth > 0) yield* level(depth - 1);
			else yield* sleepForever();
		} finally {
			yield* region(() => {
				entered++;
			});
		}
	});
	await virtually(() => moveOnAfter(10, () => level(300)));
	expect(entered).toBe(301);
});
