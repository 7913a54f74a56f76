import { createServer } from "node:http";
import { run, sleep, withTaskGroup } from "holdfast";
import { expect, test } from "vitest";
import { expectNoLeaks, LeakError } from "./index.ts";

test("a run leaves nothing behind", async () => {
	const value = await expectNoLeaks(() =>
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
	});
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
