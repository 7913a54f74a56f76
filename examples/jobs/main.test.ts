/** The whole program, with a Redis of its own. Where none is installed it fails in CI and is skipped elsewhere. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isFree, LineClient } from "../test-support/client.ts";
import { CTRL_C, eventually, hasTerminal, Program } from "../test-support/program.ts";

const installed = spawnSync("redis-server", ["--version"]).status === 0;

let folder: string;
let redis: ChildProcess;
let port: number;
/** Answers are held back until the test lets them go. */
let site: Server;
let url: string;
const waiting = new Map<string, ServerResponse>();

async function startRedis(): Promise<void> {
	const words = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes"];
	redis = spawn("redis-server", words, { stdio: "ignore" });
	await eventually(async () => {
		if (redis.exitCode !== null) throw new Error("redis-server has ended");
		return !(await isFree(port)) && (await command("PING")) === "+PONG";
	});
}

async function stopRedis(): Promise<void> {
	const ended = once(redis, "exit");
	redis.kill("SIGTERM");
	await ended;
}

/** The first line of what Redis answers; of a string, the string. By the simple form of its protocol: words without blanks. */
async function command(line: string): Promise<string | undefined> {
	using client = await LineClient.connect(port);
	client.say(line);
	const answer = (await client.hears())?.trimEnd();
	return answer?.startsWith("$") && answer !== "$-1" ? (await client.hears())?.trimEnd() : answer;
}

const put = (id: string, path = `/${id}`): Promise<unknown> =>
	command(`LPUSH jobs '${JSON.stringify({ id, url: url + path })}'`);

function work(...args: string[]): Program {
	return new Program("jobs/main.ts", ["--redis", String(port), ...args]);
}

const mend = "there is no redis-server here: apt-get install redis-server, or brew install redis";
if (!installed && process.env.HOLDFAST_CI !== undefined)
	it("has a redis-server to be tested with", () => {
		throw new Error(mend);
	});

describe.skipIf(!installed)(`jobs${installed ? "" : ` (${mend})`}`, () => {
	beforeEach(async () => {
		folder = await mkdtemp(join(tmpdir(), "jobs-"));
		site = createServer((request, response) => {
			const path = request.url ?? "";
			if (path.startsWith("/missing")) response.writeHead(404).end("not here");
			else if (path.startsWith("/held")) waiting.set(path, response);
			else response.end("x".repeat(path.length));
		});
		await once(site.listen(0, "127.0.0.1"), "listening");
		url = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
		// A port that was free a moment ago.
		const probe = createServer();
		await once(probe.listen(0, "127.0.0.1"), "listening");
		port = (probe.address() as AddressInfo).port;
		await new Promise((resolve) => probe.close(resolve));
		await startRedis();
	});

	afterEach(async () => {
		await stopRedis();
		waiting.clear();
		site.closeAllConnections();
		await new Promise((resolve) => site.close(resolve));
		await rm(folder, { recursive: true });
	});

	it("does each job once, several at a time, and writes down what has failed", async () => {
		await put("held-1");
		await put("held-2");
		for (let id = 0; id < 20; id++) await put(`easy-${id}`);
		await put("missing");
		await command("LPUSH jobs nonsense");
		await using program = work("--workers", "3");
		await eventually(async () => (await command("HLEN jobs:done")) === ":20");
		await eventually(() => waiting.size === 2);
		for (const response of waiting.values()) response.end("at last");
		await eventually(async () => (await command("HLEN jobs:done")) === ":22");
		await eventually(async () => (await command("HLEN jobs:failed")) === ":2");
		expect(await command("HGET jobs:done easy-7")).toBe("7");
		expect(await command("HGET jobs:done held-2")).toBe("7");
		expect(await command("HGET jobs:failed missing")).toMatch(/answered 404 Not Found: not here$/);
		expect(await command("HGET jobs:failed nonsense")).toContain("JSON");
		const { code, stdout } = await program.stop("SIGTERM");
		expect(code).toBe(143);
		expect(stdout.match(/done$/gm)).toHaveLength(22);
		expect(await command("KEYS jobs:worker*")).toBe("*0");
	});

	it.each([
		["SIGTERM", 143],
		["SIGINT", 130],
	] as const)("%s: finishes the job under way, takes no other one, and exits with %i", async (signal, code) => {
		await using program = work("--workers", "1", "--grace", "60000");
		await put("held");
		await eventually(() => waiting.has("/held"));
		await put("next");
		program.signal(signal);
		await program.printed(/^finishing the jobs under way$/m);
		waiting.get("/held")?.end("done");
		expect(await program.ended).toMatchObject({ code, stderr: "" });
		expect(await command("HGET jobs:done held")).toBe("4");
		expect([await command("LLEN jobs"), await command("LLEN jobs:worker-1")]).toEqual([":1", ":0"]);
	});

	it.skipIf(!hasTerminal)(
		"a second Ctrl-C ends it at once; what was under way is done after its next start",
		async () => {
			await using program = new Program(
				"jobs/main.ts",
				["--redis", String(port), "--workers", "1", "--grace", "60000"],
				{
					terminal: true,
				},
			);
			await put("held");
			await eventually(() => waiting.has("/held"));
			program.type(CTRL_C);
			await program.printed(/^finishing the jobs under way$/m);
			program.type(CTRL_C);
			expect(await program.ended).toMatchObject({ code: 130, stdout: expect.stringContaining("Still cleaning up:") });
			expect([await command("LLEN jobs:worker-1"), await command("HLEN jobs:done")]).toEqual([":1", ":0"]);
		},
	);

	it("does after its next start what it could not finish within the grace", async () => {
		{
			await using program = work("--workers", "1", "--grace", "100");
			await put("held");
			await eventually(() => waiting.has("/held"));
			expect((await program.stop("SIGTERM")).code).toBe(143);
		}
		expect([await command("LLEN jobs:worker-1"), await command("HLEN jobs:done")]).toEqual([":1", ":0"]);
		waiting.clear();
		await using program = work("--workers", "1");
		await eventually(() => waiting.has("/held"));
		waiting.get("/held")?.end();
		await program.printed(/worker-1: held done/);
		await eventually(async () => (await command("LLEN jobs:worker-1")) === ":0");
	});

	it("waits for a Redis that goes away, and loses nothing", async () => {
		await using program = work("--workers", "1");
		await put("held");
		await eventually(() => waiting.has("/held"));
		await stopRedis();
		waiting.get("/held")?.end();
		await program.printed(/worker-1: waits for Redis: /);
		waiting.clear();
		await startRedis();
		await eventually(() => waiting.has("/held"));
		waiting.get("/held")?.end("again");
		await eventually(async () => (await command("HGET jobs:done held")) === "5");
		expect((await program.stop("SIGTERM")).code).toBe(143);
	});
});
