/** The examples in a terminal, and what Ctrl-C does to them there: pressed once, pressed twice, and when the grace runs out. */
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isFree, LineClient } from "./test-support/client.ts";
import { CTRL_C, eventually, hasTerminal, isAlive, Program, type StartOptions } from "./test-support/program.ts";

let folder: string;
let server: Server;
let accepted: Socket[];
let port: number;

beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), "ctrl-c-"));
	accepted = [];
	// Takes connections, and says nothing.
	server = createServer((socket) => accepted.push(socket.on("error", () => {}).resume()));
	await once(server.listen(0, "127.0.0.1"), "listening");
	port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
	for (const socket of accepted) socket.destroy();
	await new Promise((resolve) => server.close(resolve));
	await rm(folder, { recursive: true });
});

function start(file: string, args: readonly string[], options: StartOptions = {}): Program {
	return new Program(file, args, { ...options, terminal: true });
}

/** The end of a connection, be it by an error. */
function closeOf(socket: Socket): Promise<unknown> {
	return new Promise((resolve) => socket.once("close", resolve));
}

/** The terminal is as it was, and nothing complains. */
const quiet = /^(?!.*\bat .*\.ts:)[\s\S]*\[cooked\]\n$/;

describe.skipIf(!hasTerminal)("Ctrl-C", () => {
	it("chat: everybody reads last words and a clean end", async () => {
		await using program = start("chat/main.ts", ["0"]);
		const chat = Number((await program.printed(/^chat on 127\.0\.0\.1 (\d+)$/m))[1]);
		using ada = await LineClient.connect(chat);
		expect(await ada.hears()).toBe("Your name?");
		ada.say("ada");
		expect(await ada.hears()).toMatch(/^Welcome/);
		program.type(CTRL_C);
		expect([await ada.hears(), await ada.hears()]).toEqual(["* the server is closing", undefined]);
		expect(await program.ended).toMatchObject({ code: 130, stdout: expect.stringMatching(quiet) });
		expect(await isFree(chat)).toBe(true);
	});

	it("crawl: the last line says how far it has come", async () => {
		await using program = start("crawl/main.ts", [`http://127.0.0.1:${port}/`, "--timeout", "60000"]);
		await eventually(() => accepted.length > 0);
		program.type(CTRL_C);
		const { code, stdout } = await program.ended;
		expect({ code, stdout }).toMatchObject({
			code: 130,
			stdout: expect.stringMatching(/^0 pages, 0 of them broken; 1 not looked at$/m),
		});
		expect(stdout).toMatch(quiet);
	});

	it("notes: a request that has arrived by half is waited for; pressed again, it is not", async () => {
		await using program = start("notes/main.ts", [join(folder, "notes.db"), "0"], {
			node: ["--disable-warning=ExperimentalWarning"],
		});
		const notes = Number((await program.printed(/^notes on http:\/\/127\.0\.0\.1:(\d+)$/m))[1]);
		const client = connect(notes, "127.0.0.1").on("error", () => {});
		const closed = closeOf(client);
		// The end of the headers is what the server answers, so the request has begun.
		client.write("POST /notes HTTP/1.1\r\nHost: here\r\nContent-Length: 20\r\nExpect: 100-continue\r\n\r\n");
		expect(String((await once(client, "data"))[0])).toContain("100 Continue");
		program.type(CTRL_C);
		await program.printed(/Ctrl-C again/);
		await eventually(() => isFree(notes));
		program.type(CTRL_C);
		const { code, stdout } = await program.ended;
		expect(code).toBe(130);
		expect(stdout).toContain("Still cleaning up:");
		expect(stdout).not.toContain("database closed");
		await closed;
	});

	describe("forward", () => {
		async function open(grace: number): Promise<{ program: Program; client: Socket; broken: Promise<unknown> }> {
			const program = start("forward/main.ts", ["0", `127.0.0.1:${port}`, "--grace", String(grace)]);
			const at = Number((await program.printed(/^forwarding 127\.0\.0\.1 (\d+) to /m))[1]);
			const client = connect(at, "127.0.0.1")
				.on("error", () => {})
				.resume();
			const broken = closeOf(client);
			await eventually(() => accepted.length > 0);
			return { program, client, broken };
		}

		it("a connection under way goes on to its end", async () => {
			const { program, client, broken } = await open(60_000);
			await using _ = program;
			program.type(CTRL_C);
			await program.printed(/Ctrl-C again/);
			const [target] = accepted as [Socket];
			client.end("the rest");
			await once(target, "end");
			target.end();
			await broken;
			const { code, stdout } = await program.ended;
			expect(code).toBe(130);
			expect(stdout).toContain(": 8 bytes there, 0 back\n");
			expect(stdout).toMatch(quiet);
		});

		it("pressed again, it breaks off what is under way, and says what that was", async () => {
			const { program, broken } = await open(60_000);
			await using _ = program;
			program.type(CTRL_C);
			await program.printed(/Ctrl-C again/);
			program.type(CTRL_C);
			const { code, stdout } = await program.ended;
			expect({ code, stdout }).toMatchObject({ code: 130, stdout: expect.stringContaining("Still cleaning up:") });
			await broken;
		});

		it("when the grace has run out, it breaks off what is under way", async () => {
			const { program, broken } = await open(200);
			await using _ = program;
			program.type(CTRL_C);
			expect((await program.ended).code).toBe(130);
			await broken;
		});
	});

	describe("supervise", () => {
		const log = (): string => (existsSync(join(folder, "log")) ? readFileSync(join(folder, "log"), "utf8") : "");
		const service = (onTerminate: string): string =>
			[
				"a: trap 'echo INT >> log' INT",
				`trap 'echo TERM >> log; ${onTerminate}' TERM`,
				'sleep 60 & echo "child process $!"',
				"echo ready",
				"while :; do sleep 0.02; done",
			].join("; ");
		const open = async (procfile: string, grace: number): Promise<Program> => {
			await writeFile(join(folder, "Procfile"), procfile);
			const program = start("supervise/main.ts", ["--grace", String(grace)], { cwd: folder });
			await program.printed(/^a \| ready$/m);
			return program;
		};
		/** The service, and what that has started. */
		const processes = (stdout: string): number[] =>
			[...stdout.matchAll(/process (\d+)$/gm)].map(([, pid]) => Number(pid));

		it("the terminal does not reach the services, which are asked once, and leave nothing", async () => {
			await using program = await open(service("echo goodbye; exit 0"), 60_000);
			program.type(CTRL_C);
			const { code, stdout } = await program.ended;
			expect([code, log()]).toEqual([130, "TERM\n"]);
			expect(stdout).toContain("a | goodbye\na has ended with exit code 0\n");
			expect(stdout).toMatch(quiet);
			expect(processes(stdout)).toHaveLength(2);
			expect(processes(stdout).filter(isAlive)).toEqual([]);
		});

		it("pressed again, what does not listen is killed at once, with all that it has started", async () => {
			await using program = await open(service(""), 60_000);
			program.type(CTRL_C);
			await eventually(() => log() === "TERM\n");
			program.type(CTRL_C);
			const { code, stdout } = await program.ended;
			expect({ code, stdout }).toMatchObject({ code: 130, stdout: expect.stringContaining("Still cleaning up:") });
			expect(processes(stdout)).toHaveLength(2);
			await eventually(() => !processes(stdout).some(isAlive));
		});

		it("when the grace has run out, what does not listen is killed, with all that it has started", async () => {
			await using program = await open(service(""), 200);
			program.type(CTRL_C);
			const { code, stdout } = await program.ended;
			expect(code).toBe(130);
			expect(stdout).toContain("a has ended with SIGKILL\n");
			expect(processes(stdout).filter(isAlive)).toEqual([]);
		});
	});
});
