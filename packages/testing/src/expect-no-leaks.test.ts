import { createServer } from "node:http";
import { type Coroutine, checkpoint, openTaskGroup, run, sleep, sleepForever, until, withTaskGroup } from "holdfast";
import { expect, test } from "vitest";
import { expectNoLeaks, LeakError } from "./index.ts";

/** The test runner has timers of its own, which on a busy machine live for a while. */
const calm = { patience: 4_000 };

test("a run leaves nothing behind", async () => {
	const value = await expectNoLeaks(
		() =>
			run(
				() =>
					withTaskGroup(function* (group) {
						for (let index = 0; index < 10; index++) group.spawn(() => sleep(10_000));
						yield* sleep(1);
						group.cancel();
						return 42;
					}),
				{ signals: true },
			),
		calm,
	);
	expect(value).toBe(42);
});

test("a timer that was left running is named", async () => {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const check = expectNoLeaks(
		() => {
			timer = setTimeout(() => {}, 60_000);
		},
		{ patience: 20 },
	);
	await expect(check).rejects.toThrow(LeakError);
	await expect(check).rejects.toThrow("1 Timeout");
	clearTimeout(timer);
});

test("an open server is named, one that is closing is fine", async () => {
	const server = createServer();
	const listen = () => new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
	await expect(expectNoLeaks(listen, { patience: 20 })).rejects.toThrow("TCPServerWrap");
	server.close();
	await expectNoLeaks(async () => {
		const short = createServer();
		await new Promise<void>((resolve) => void short.listen(0, "127.0.0.1", resolve));
		short.close();
	}, calm);
});

test("a listener of process is named", async () => {
	const listener = (): void => {};
	await expect(expectNoLeaks(() => void process.on("SIGUSR2", listener), { patience: 0 })).rejects.toThrow("SIGUSR2");
	process.off("SIGUSR2", listener);
});

test("an error of the body is thrown as it is", async () => {
	const failure = new Error("body");
	await expect(
		expectNoLeaks(() => {
			throw failure;
		}),
	).rejects.toBe(failure);
});

test("a call instead of a function is refused", async () => {
	await expect(expectNoLeaks(Promise.resolve() as never)).rejects.toThrow("pass the function");
});

test("a handle and a listener are named with the place where they began", async () => {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const listener = (): void => {};
	const error = await leakOf(() => {
		timer = setTimeout(() => {}, 60_000);
		process.on("SIGUSR2", listener);
	});
	clearTimeout(timer);
	process.off("SIGUSR2", listener);
	expect(error.left).toHaveLength(2);
	for (const line of error.left) expect(line).toMatch(/expect-no-leaks\.test\.ts:\d+:\d+/);
});

test("a run that was not waited for is named by its main task, and not its inside", async () => {
	const controller = new AbortController();
	let left: Promise<unknown> | undefined;
	const error = await leakOf(() => {
		left = run(() => withTaskGroup((group) => void group.spawn(() => sleep(60_000))), {
			name: "server",
			signal: controller.signal,
		});
	});
	controller.abort(new Error("enough"));
	await expect(left).rejects.toThrow("enough");
	expect(error.left[0]).toContain("task server (server): running");
	expect(error.left.filter((it) => it.startsWith("task"))).toHaveLength(1);
});

test("inside a run: tasks that were left in a group outside are named, with their path and what they wait for", async () => {
	await run(
		() =>
			withTaskGroup(
				function* (group) {
					const error = yield* until(
						leakOf(() => {
							for (let task = 0; task < 3; task++) group.spawnWith({ name: "worker" }, () => sleepForever());
						}),
					);
					expect(error.left).toEqual(["3 × task worker (main › pool › worker): running, waits for sleepForever"]);
					yield* checkpoint();
					yield* until(expectNoLeaks(() => {}, calm));
					group.cancel();
				},
				{ name: "pool" },
			),
		{ name: "main" },
	);
});

test("inside a run: a task group that was opened and not closed is named", async () => {
	await run(
		function* () {
			let group: ReturnType<typeof openTaskGroup> | undefined;
			const error = yield* until(
				leakOf(() => {
					group = openTaskGroup({ name: "open" });
				}),
			);
			expect(error.left).toEqual(["scope open (made in main)"]);
			yield* group?.join() as Coroutine<void>;
			yield* until(expectNoLeaks(() => {}, calm));
		},
		{ name: "main" },
	);
});

test("inside a run: a coroutine that was made and not awaited is named", async () => {
	await run(
		function* () {
			let forgotten: Coroutine<void> | undefined;
			const error = yield* until(
				leakOf(() => {
					forgotten = sleep(1);
				}),
			);
			expect(error.left).toEqual(["coroutine sleep() (made in main), never awaited"]);
			yield* forgotten as Coroutine<void>;
		},
		{ name: "main" },
	);
});

test("inside a run: what ends with the body is fine", async () => {
	await run(function* () {
		const value = yield* until(
			expectNoLeaks(() =>
				withTaskGroup(function* (group) {
					group.spawn(() => sleep(5));
					return "done";
				}),
			),
		);
		expect(value).toBe("done");
	});
});

/** The LeakError of a body. */
async function leakOf(body: () => unknown): Promise<LeakError> {
	try {
		await expectNoLeaks(body, { patience: 0 });
	} catch (error) {
		expect(error).toBeInstanceOf(LeakError);
		return error as LeakError;
	}
	throw new Error("Nothing was left open.");
}
