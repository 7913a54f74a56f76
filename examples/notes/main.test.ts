/** The whole program, by clients of Node's own. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { afterEach, beforeEach, expect, it } from "vitest";
import { isFree } from "../test-support/client.ts";
import { Program } from "../test-support/program.ts";

let folder: string;
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), "notes-"));
});
afterEach(async () => {
	await rm(folder, { recursive: true });
});

async function open(): Promise<{ server: Program; url: string; port: number }> {
	const server = new Program("notes/main.ts", [join(folder, "notes.db"), "0"], {
		node: ["--disable-warning=ExperimentalWarning"],
	});
	const [, url = ""] = await server.printed(/^notes on (http:\/\/127\.0\.0\.1:\d+)$/m);
	return { server, url, port: Number(new URL(url).port) };
}

const post = (text: unknown): RequestInit => ({ method: "POST", body: JSON.stringify({ text }) });

it("keeps notes, also beyond its own end", async () => {
	const first = await open();
	await using _ = first.server;
	const created = await fetch(`${first.url}/notes`, post("buy milk"));
	expect([created.status, created.headers.get("location")]).toEqual([201, "/notes/1"]);
	expect(await created.json()).toEqual({ id: 1, text: "buy milk", created: expect.any(String) });
	await fetch(`${first.url}/notes`, post("'); DROP TABLE notes; --"));
	expect(await first.server.stop("SIGTERM")).toMatchObject({
		code: 143,
		stdout: expect.stringMatching(/\ndatabase closed\n$/),
		stderr: "",
	});
	expect(await isFree(first.port)).toBe(true);

	const { server, url } = await open();
	await using __ = server;
	expect(await (await fetch(`${url}/notes/1`)).json()).toMatchObject({ text: "buy milk" });
	expect((await fetch(`${url}/notes/1`, { method: "DELETE" })).status).toBe(204);
	expect(await (await fetch(`${url}/notes`)).json()).toMatchObject([{ id: 2, text: "'); DROP TABLE notes; --" }]);
});

it("refuses what it cannot answer", async () => {
	const { server, url } = await open();
	await using _ = server;
	const statuses: number[] = [];
	for (const [path, init] of [
		["/notes/7", {}],
		["/notes/7", { method: "DELETE" }],
		["/notes/seven", {}],
		["/notes", { method: "PUT" }],
		["/notes", post(7)],
		["/notes", { method: "POST", body: "null" }],
		["/notes", { method: "POST", body: "{" }],
		["/notes", post("x".repeat(100_000))],
	] as const) {
		const response = await fetch(url + path, init);
		statuses.push(response.status);
		await response.text();
	}
	expect(statuses).toEqual([404, 404, 404, 405, 400, 400, 400, 413]);
});

it.each([
	["SIGTERM", 143],
	["SIGINT", 130],
] as const)(
	"%s: answers what it has accepted, closes connections and then the database, and exits with %i",
	async (signal, code) => {
		const { server, url, port } = await open();
		await using _ = server;
		// One connection that idles, and one whose request has arrived by half: the server has asked for the rest.
		const agent = new Agent({ keepAlive: true });
		const idle = request(`${url}/notes`, { agent }).end();
		const [answered] = (await once(idle, "response")) as [IncomingMessage];
		await textOf(answered);
		const body = JSON.stringify({ text: "in flight" });
		const slow = request(`${url}/notes`, {
			method: "POST",
			headers: { expect: "100-continue", "content-length": body.length },
		});
		slow.flushHeaders();
		await once(slow, "continue");
		slow.write(body.slice(0, 5));

		server.signal(signal);
		while (!(await isFree(port)));
		slow.end(body.slice(5));
		const [response] = (await once(slow, "response")) as [IncomingMessage];
		expect(response).toMatchObject({ statusCode: 201, headers: { connection: "close" } });
		expect(JSON.parse(await textOf(response))).toMatchObject({ text: "in flight" });
		const ended = await server.ended;
		expect(ended).toMatchObject({ code, stderr: "" });
		expect(ended.stdout).toMatch(/\ndatabase closed\n$/);
		agent.destroy();
	},
);

it("says so when this Node has no SQLite", async () => {
	await using program = new Program("notes/main.ts", [], { node: ["--no-experimental-sqlite"] });
	expect(await program.ended).toMatchObject({
		code: 1,
		stdout: "",
		stderr: expect.stringMatching(/^notes: Node [\d.]+ has no node:sqlite here; use 22\.13 or newer\.\n$/),
	});
});
