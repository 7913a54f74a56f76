/** What only a real server can tell. Where none is installed it fails in CI and is skipped elsewhere. */
import { createServer } from "node:net";
import { expectNoLeaks } from "@holdfast/testing";
import { run, runSync } from "holdfast";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { withRedis } from "../src/index.ts";
import { installed, mend, RedisServer } from "./redis-server.ts";
import * as tour from "./tour.ts";

if (!installed && process.env.HOLDFAST_CI !== undefined)
	it("has a redis-server to be tested with", () => {
		throw new Error(mend);
	});

async function freePort(): Promise<number> {
	const probe = createServer();
	await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
	const { port } = probe.address() as { port: number };
	await new Promise((resolve) => probe.close(resolve));
	return port;
}

describe.skipIf(!installed)(`a client with a real server${installed ? "" : ` (${mend})`}`, () => {
	let server: RedisServer;
	let port: number;

	beforeAll(async () => {
		server = new RedisServer();
		port = await freePort();
		await server.start("--port", String(port), "--bind", "127.0.0.1");
	});
	beforeEach(() => {
		server.ask("FLUSHALL");
	});
	afterAll(async () => {
		await server[Symbol.asyncDispose]();
	});

	describe.each([2, 3] as const)("that speak RESP%i", (protocol) => {
		const names = Object.keys(tour.stations) as (keyof typeof tour.stations)[];
		it.each(names)("%s", async (name) => {
			const { visit, expected }: tour.Station = tour.stations[name];
			const at = { path: server.path, protocol };
			expect(await run(() => withRedis(at, visit))).toEqual(expected);
			server.ask("FLUSHALL");
			expect(runSync(() => withRedis(at, visit))).toEqual(expected);
		});
	});

	it("is found by TCP, in both colours", async () => {
		const at = { port, host: "127.0.0.1" };
		expect(await run(() => withRedis(at, (redis) => redis.incr("n")))).toBe(1);
		expect(runSync(() => withRedis(at, (redis) => redis.incr("n")))).toBe(2);
	});

	it("is not waited for beyond a time limit, in both colours", async () => {
		const at = { path: server.path };
		expect(await run(() => withRedis(at, tour.timeLimit))).toEqual(["TimeoutError", "PONG"]);
		expect(runSync(() => withRedis(at, tour.timeLimit))).toEqual(["TimeoutError", "PONG"]);
		await expect.poll(() => server.ask("CLIENT", "LIST")).not.toContain("cmd=brpop");
	});

	it("that is not there is a ConnectError, in both colours", async () => {
		const at = { path: `${server.path}.not` };
		await expect(run(() => withRedis(at, () => {}))).rejects.toMatchObject({ name: "ConnectError" });
		expect(() => runSync(() => withRedis(at, () => {}))).toThrow(expect.objectContaining({ name: "ConnectError" }));
	});

	it("leaves nothing behind, in both colours", async () => {
		const at = { path: server.path, name: "leaks" };
		await expectNoLeaks(() => run(() => tour.block(at)));
		expect(runSync(() => tour.block(at))).toBe("hello");
		await expect.poll(() => server.clients("leaks")).toEqual([]);
	});

	it("that is started again is found again: nothing is repeated, subscriptions are restored", async () => {
		await using own = new RedisServer();
		await own.start();
		const at = { path: own.path, name: "again" };
		const restart = async (): Promise<void> => {
			await own.stop();
			await own.start();
		};
		expect(await run(() => tour.overRestart(at, restart))).toEqual({
			inFlight: { name: "ConnectionLostError", mayHaveRun: true },
			next: 1,
			messages: ["before", "after"],
			gaps: 1,
		});
		expect(own.clients("again")).toEqual([]);
	});

	it("that wants a password gets it, and refuses a wrong one", async () => {
		await using own = new RedisServer();
		await own.start("--requirepass", "secret");
		const at = { path: own.path, password: "secret", database: 2 };
		await run(() => withRedis(at, (redis) => redis.set("key", "in database 2")));
		for (const protocol of [2, 3] as const) {
			expect(await run(() => withRedis({ ...at, protocol }, (redis) => redis.get("key")))).toBe("in database 2");
			const wrong = run(() => withRedis({ ...at, protocol, password: "x" }, () => {}));
			await expect(wrong).rejects.toMatchObject({ name: "ReplyError", code: "WRONGPASS" });
		}
	});
});
