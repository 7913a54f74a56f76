/** The whole program, between a client and a server of Node's own. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterEach, expect, it } from "vitest";
import { isFree } from "../test-support/client.ts";
import { Program } from "../test-support/program.ts";

const servers: Server[] = [];
const accepted: Socket[] = [];
afterEach(async () => {
	for (const socket of accepted.splice(0)) socket.destroy();
	for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function listen(handler: (socket: Socket) => void): Promise<number> {
	const server = createServer({ allowHalfOpen: true }, (socket) => {
		accepted.push(socket.on("error", () => {}));
		handler(socket);
	});
	servers.push(server);
	await once(server.listen(0, "127.0.0.1"), "listening");
	return (server.address() as AddressInfo).port;
}

async function open(target: number, ...args: string[]): Promise<{ program: Program; port: number }> {
	const program = new Program("forward/main.ts", ["0", `127.0.0.1:${target}`, ...args]);
	return { program, port: Number((await program.printed(/^forwarding 127\.0\.0\.1 (\d+) to /m))[1]) };
}

function client(port: number): Socket {
	return connect({ port, host: "127.0.0.1", allowHalfOpen: true });
}

const text = Buffer.alloc(3_000_000, "all of it, and in order. ");

it("passes on the end of one direction while the other goes on", async () => {
	// Answers only when the client has ended, and then with everything.
	const target = await listen(async (socket) => socket.end(await buffer(socket)));
	const { program, port } = await open(target);
	await using _ = program;
	const answers = [0, 1, 2].map((part) => {
		const socket = client(port);
		socket.end(text.subarray(part * 1_000_000, (part + 1) * 1_000_000));
		return buffer(socket);
	});
	expect(Buffer.concat(await Promise.all(answers)).equals(text)).toBe(true);
	await program.printed(/127\.0\.0\.1 \d+: 1000000 bytes there, 1000000 back/);
	expect(await program.stop("SIGTERM")).toMatchObject({ code: 143, stderr: "" });
});

it("passes on the end of the server first", async () => {
	let heard: Promise<Buffer> | undefined;
	const target = await listen((socket) => {
		heard = buffer(socket);
		socket.end("go on without me");
	});
	const { program, port } = await open(target);
	await using _ = program;
	const socket = client(port);
	expect(String(await buffer(socket))).toBe("go on without me");
	socket.end(text);
	await program.printed(/3000000 bytes there, 16 back/);
	expect((await heard)?.equals(text)).toBe(true);
});

it("breaks off on one side what was broken off on the other", async () => {
	const sockets: Socket[] = [];
	const target = await listen((socket) => {
		sockets.push(socket);
		socket.write("half an answ");
	});
	const { program, port } = await open(target);
	await using _ = program;

	const abandoned = client(port);
	await once(abandoned, "data");
	sockets[0]?.resetAndDestroy();
	expect((await once(abandoned, "error"))[0]).toMatchObject({ code: "ECONNRESET" });

	const leaving = client(port);
	await once(leaving, "data");
	const told = new Promise((resolve) => sockets[1]?.once("error", resolve));
	sockets[1]?.resume();
	leaving.resetAndDestroy();
	expect(await told).toMatchObject({ code: "ECONNRESET" });
});

it("breaks off what it cannot forward, says why, and goes on", async () => {
	const target = await listen(() => {});
	await new Promise((resolve) => servers.pop()?.close(resolve));
	const { program, port } = await open(target);
	await using _ = program;
	for (const nth of ["first", "second"]) {
		const socket = client(port).resume();
		expect((await once(socket, "error"))[0], nth).toMatchObject({ code: "ECONNRESET" });
	}
	await program.printed(/ECONNREFUSED[\s\S]*ECONNREFUSED/);
});

it("SIGTERM: accepts nobody new, lets a connection under way finish, and exits with 143", async () => {
	let answering: Socket | undefined;
	const target = await listen((socket) => {
		// Later ones come from looking whether the port is free.
		if (answering === undefined) {
			answering = socket;
			socket.write("one ");
		} else socket.resume().end();
	});
	const { program, port } = await open(target, "--grace", "60000");
	await using _ = program;
	const socket = client(port);
	const [first] = await once(socket, "data");
	expect(await isFree(port)).toBe(false);
	program.signal("SIGTERM");
	while (!(await isFree(port)));
	socket.end("are you still there?");
	answering?.end(await buffer(answering));
	expect(String(first) + (await buffer(socket))).toBe("one are you still there?");
	expect(await program.ended).toMatchObject({ code: 143, stderr: "" });
});

it("SIGINT: breaks off on both sides what has not finished within the grace, and exits with 130", async () => {
	let told: Promise<unknown> | undefined;
	const target = await listen((socket) => {
		told = new Promise((resolve) => socket.resume().once("error", resolve));
		socket.write("one ");
	});
	const { program, port } = await open(target, "--grace", "250");
	await using _ = program;
	const socket = client(port);
	await once(socket, "data");
	program.signal("SIGINT");
	expect((await once(socket, "error"))[0]).toMatchObject({ code: "ECONNRESET" });
	expect(await told).toMatchObject({ code: "ECONNRESET" });
	expect((await program.ended).code).toBe(130);
});

it("refuses wrong arguments with exit code 2", async () => {
	await using program = new Program("forward/main.ts", ["99999", "example.org:80"]);
	expect(await program.ended).toMatchObject({ code: 2, stderr: "usage: forward [host:]port host:port [--grace MS]\n" });
});
