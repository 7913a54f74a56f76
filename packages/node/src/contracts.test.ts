import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkListener, checkStream } from "@holdfast/testing";
import { type Awaitable, coroutine } from "holdfast";
import { afterAll, test } from "vitest";
import { credentials } from "../test/sockets.ts";
import type { ByteStream } from "./byte-stream.ts";
import { connect } from "./connect.ts";
import { type ListenOptions, listen } from "./listen.ts";
import { type OpenFile, open } from "./open-file.ts";
import { spawnProcess } from "./process.ts";
import type { SocketStream } from "./socket-stream.ts";
import { stapleStreams } from "./staple-streams.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-contract-"));
afterAll(() => rmSync(folder, { recursive: true }));
let sockets = 0;
const kinds: [string, () => ListenOptions][] = [
	["TCP", () => ({ port: 0 })],
	["a Unix socket", () => ({ path: join(folder, `${sockets++}.sock`) })],
	["TLS", () => ({ port: 0, tls: credentials })],
];

const target = (options: ListenOptions, port: number): Parameters<typeof connect>[0] =>
	options.path !== undefined
		? { path: options.path }
		: { host: "127.0.0.1", port, ...(options.tls === undefined ? {} : { tls: { ca: credentials.cert } }) };

test.each(kinds)("streams over %s keep the contract", (_name, where) => {
	const makePair = coroutine(function* (): Generator<never, readonly [SocketStream, SocketStream], unknown> {
		const options = where();
		const listener = yield* listen(options);
		const client = yield* connect(target(options, listener.address.port));
		const server = yield* listener.accept();
		yield* listener.close();
		return [client, server];
	});
	return checkStream(makePair);
});

test("what processes read and print keeps the contract", () =>
	checkStream(
		coroutine(function* (): Generator<never, readonly [ByteStream, ByteStream], unknown> {
			// One process for each direction: what one side writes the other one reads.
			const there = yield* spawnProcess("cat", [], { stderr: "ignore" });
			const back = yield* spawnProcess("cat", [], { stderr: "ignore" });
			return [stapleStreams(back.stdout, there.stdin), stapleStreams(there.stdout, back.stdin)];
		}),
	));

/** Both ends of a pipe with a name. */
const openPipe = coroutine(function* (): Generator<never, readonly [into: OpenFile, outOf: OpenFile], unknown> {
	const path = join(folder, `${sockets++}.fifo`);
	execFileSync("mkfifo", [path]);
	// Each open waits for the other end, unless somebody has both.
	const both = yield* open(path, "r+");
	const into = yield* open(path, "w");
	const outOf = yield* open(path);
	yield* both.close();
	return [into, outOf];
});

test("files that are pipes keep the contract", () =>
	checkStream(
		coroutine(function* (): Generator<never, readonly [ByteStream, ByteStream], unknown> {
			const [into, outOf] = yield* openPipe();
			const [back, backOut] = yield* openPipe();
			return [stapleStreams(backOut, into), stapleStreams(outOf, back)];
		}),
		// A write that the system has begun is finished, so one that waits cannot be cancelled.
		{ capacity: Number.POSITIVE_INFINITY },
	));

test.each(kinds)("listeners over %s keep the contract", (_name, where) => {
	const make = coroutine(function* () {
		const options = where();
		const listener = yield* listen(options);
		return { listener, connect: (): Awaitable<SocketStream> => connect(target(options, listener.address.port)) };
	});
	return checkListener(make as never);
});
