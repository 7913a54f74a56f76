import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkListener, checkStream } from "@holdfast/testing";
import { type Awaitable, coroutine } from "holdfast";
import { afterAll, test } from "vitest";
import { credentials } from "../test/sockets.ts";
import { connect } from "./connect.ts";
import { type ListenOptions, listen } from "./listen.ts";
import type { SocketStream } from "./socket-stream.ts";

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

test.each(kinds)("listeners over %s keep the contract", (_name, where) => {
	const make = coroutine(function* () {
		const options = where();
		const listener = yield* listen(options);
		return { listener, connect: (): Awaitable<SocketStream> => connect(target(options, listener.address.port)) };
	});
	return checkListener(make as never);
});
