import { expect, test } from "vitest";
import { CannotBlockError } from "./errors.ts";
import type { EventLoop } from "./loops/loop.ts";
import { VirtualLoop } from "./loops/virtual.ts";
import { operation } from "./operation.ts";
import { run } from "./run.ts";
import { withCancelScope } from "./scopes.ts";
import { sleep } from "./sleep.ts";

/** A loop that says of itself that it blocks. */
function blocking(): EventLoop {
	return Object.assign(new VirtualLoop(), { blocks: true });
}

test("a run that can wait takes the asynchronous form, a synchronous run the other", async () => {
	const twice = operation({
		async: function* (x: number) {
			yield* sleep(1);
			return `async ${x * 2}`;
		},
		sync: (x: number) => `sync ${x * 2}`,
	});
	expect(await run(() => twice(2), { loop: new VirtualLoop() })).toBe("async 4");
	expect(await run(() => twice(2), { loop: blocking() })).toBe("sync 4");
});

test("without a synchronous form a synchronous run gets an error that names the operation", async () => {
	async function download(): Promise<void> {}
	await expect(run(() => operation({ async: download })(), { loop: blocking() })).rejects.toThrow(
		/^download has no synchronous form/,
	);
	await expect(run(() => operation({ async: download })(), { loop: blocking() })).rejects.toBeInstanceOf(
		CannotBlockError,
	);
});

test("in a cancelled scope neither form is called", async () => {
	const never = operation({ async: () => expect.unreachable(), sync: () => expect.unreachable() });
	for (const loop of [new VirtualLoop(), blocking()])
		await run(
			() =>
				withCancelScope(function* (scope) {
					scope.cancel();
					yield* never();
				}),
			{ loop },
		);
});

test("faces that are no functions are refused", () => {
	expect(() => operation({ async: 7 as never })).toThrow(TypeError);
	expect(() => operation({ async: () => 1, synchronous: () => 1 } as never)).toThrow(/unknown option/);
});
