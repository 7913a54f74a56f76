import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	CannotBlockError,
	checkpoint,
	moveOnAfter,
	runSync,
	sleepForever,
	TimeoutError,
	withCancelScope,
	withTaskGroup,
	withTimeout,
} from "holdfast";
import { afterAll, describe, expect, test } from "vitest";
import { checked, rejectionOf } from "../test/processes.ts";
import { caught, credentials, text, withPeer } from "../test/sockets.ts";
import { connect } from "./connect.ts";
import { ConnectError, ListenError } from "./errors.ts";
import { listen } from "./listen.ts";
import type { SocketStream } from "./socket-stream.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-net-"));
afterAll(() => rmSync(folder, { recursive: true }));
const silent = (): void => {};
/** No address of this machine (RFC 5737). */
const NOWHERE = "192.0.2.1";

describe("connect", () => {
	test("nobody listens: ConnectError names the address and the mend, and keeps the system's error", () =>
		checked(() =>
			withPeer(silent, function* (port, peer) {
				peer.server.close();
				const error = yield* caught<ConnectError>(() => connect({ host: "127.0.0.1", port }));
				expect(error).toBeInstanceOf(ConnectError);
				expect(error.code).toBe("HOLDFAST_CONNECT");
				expect((error.cause as NodeJS.ErrnoException).code).toBe("ECONNREFUSED");
				expect(error.message).toBe(
					`connect: 127.0.0.1:${port} cannot be reached (ECONNREFUSED). Nobody listens there: is the server started?`,
				);
			}),
		));

	test("a Unix socket that is not there", () =>
		checked(function* () {
			const path = join(folder, "none.sock");
			const error = yield* caught<ConnectError>(() => connect({ path }));
			expect(error.message).toContain(`${path} cannot be reached`);
			expect(error.message).toContain("There is no such socket");
			expect((error.cause as NodeJS.ErrnoException).code).toBe("ENOENT");
		}));

	test("addresses that fail are passed over; if all fail, all errors are kept", () =>
		checked(() =>
			withPeer(silent, function* (port) {
				const lookup = () => [
					{ address: "127.0.0.2", family: 4 as const },
					{ address: "127.0.0.1", family: 4 as const },
				];
				const stream = yield* connect({ host: "two.test", port, lookup });
				expect(stream.remoteAddress.host).toBe("127.0.0.1");
				const none = () => [lookup()[0] as { address: string; family: 4 }, { address: "::1", family: 6 as const }];
				const error = yield* caught<ConnectError>(() => connect({ host: "none.test", port, lookup: none }));
				expect(error.errors.length).toBe(2);
				expect(error.message).toContain(`none.test:${port} cannot be reached (127.0.0.2: ECONNREFUSED; ::1: E`);
			}),
		));

	test("a name that cannot be found, or has no address of the family", () =>
		checked(function* () {
			const failing = (): never => {
				throw Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" });
			};
			const error = yield* caught<ConnectError>(() => connect({ host: "unknown.test", port: 80, lookup: failing }));
			expect(error).toBeInstanceOf(ConnectError);
			expect(error.message).toBe("connect: the address of unknown.test cannot be found (ENOTFOUND).");
			const lookup = () => [{ address: "127.0.0.1", family: 4 as const }];
			const none = yield* caught(() => connect({ host: "four.test", port: 80, family: 6, lookup }));
			expect(none.message).toBe("connect: four.test has no address of family 6.");
			const wrong = yield* caught(() => connect({ host: "x.test", port: 80, lookup: () => ["127.0.0.1"] as never }));
			expect(wrong).toBeInstanceOf(TypeError);
		}));

	test("a lookup that answers late, or never, can be cancelled, and timed out", () =>
		checked(function* () {
			const lookup = () => sleepForever();
			const options = { host: "late.test", port: 80, lookup: lookup as never };
			expect(yield* moveOnAfter(1, () => connect(options))).toBeUndefined();
			expect(yield* caught(() => connect({ ...options, timeout: 1 }))).toBeInstanceOf(TimeoutError);
			const foreign = () => new Promise<never>(() => {});
			expect(yield* moveOnAfter(1, () => connect({ ...options, lookup: foreign }))).toBeUndefined();
		}));

	test("cancelled while it connects, nothing is left open", () =>
		checked(function* () {
			const { address } = yield* listen({ port: 0 });
			for (let turns = 0; turns < 20; turns++)
				yield* withTaskGroup(function* (group) {
					group.spawn(() => connect({ port: address.port }));
					for (let turn = 0; turn < turns; turn++) yield* checkpoint();
					group.cancel();
				});
			yield* withCancelScope(function* (scope) {
				scope.cancel();
				yield* connect({ host: "127.0.0.1", port: 9 });
			});
		}));

	test("cancelled while it connects to a Unix socket, it is cancelled: that is no failure", () =>
		checked(function* () {
			const path = join(folder, "cancelled.sock");
			yield* listen({ path });
			for (let turns = 0; turns < 20; turns++)
				yield* withTaskGroup(function* (group) {
					group.spawn(() => connect({ path }));
					for (let turn = 0; turn < turns; turn++) yield* checkpoint();
					group.cancel();
				});
		}));

	test("cancelled at every instant of a handshake, nothing is left open", () =>
		checked(function* () {
			const listener = yield* listen({ port: 0, tls: credentials });
			const { port } = listener.address;
			for (let turns = 0; turns < 30; turns++)
				yield* withTaskGroup(function* (group) {
					group.spawn(() => connect({ host: "127.0.0.1", port, tls: { ca: credentials.cert } }));
					for (let turn = 0; turn < turns; turn++) yield* checkpoint();
					group.cancel();
				});
		}));

	test("the connection is closed when the scope around connect ends, and earlier leaves nothing behind", () =>
		checked(() =>
			withPeer(silent, function* (port, peer) {
				let inner: SocketStream | undefined;
				yield* withCancelScope(function* () {
					inner = yield* connect({ port });
					expect(inner.socket.closed).toBe(false);
				});
				expect(inner?.socket.closed).toBe(true);
				const timed = yield* connect({ port, timeout: 10_000 });
				expect(timed.socket.destroyed).toBe(false);
				const closed = yield* withTimeout(10_000, () => connect({ port }));
				expect(closed.socket.closed).toBe(true);
				expect(peer.sockets.length).toBe(3);
			}),
		));

	test("TLS that is not agreed on: no TLS there, an unknown authority, the wrong name", () =>
		checked(function* () {
			yield* withPeer(
				(socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"),
				function* (port) {
					const error = yield* caught<ConnectError>(() => connect({ host: "127.0.0.1", port, tls: true }));
					expect(error).toBeInstanceOf(ConnectError);
					expect(error.message).toContain(`TLS with 127.0.0.1:${port} was not agreed on`);
				},
			);
			const listener = yield* listen({ port: 0, tls: credentials });
			const { port } = listener.address;
			const unknown = yield* caught<ConnectError>(() => connect({ host: "127.0.0.1", port, tls: true }));
			expect((unknown.cause as NodeJS.ErrnoException).code).toBe("DEPTH_ZERO_SELF_SIGNED_CERT");
			const lookup = () => [{ address: "127.0.0.1", family: 4 as const }];
			const options = { port, lookup, tls: { ca: credentials.cert } };
			const wrong = yield* caught<ConnectError>(() => connect({ host: "other.test", ...options }));
			expect((wrong.cause as NodeJS.ErrnoException).code).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
			const right = yield* connect({ host: "localhost", ...options });
			expect((right.socket as unknown as { authorized: boolean }).authorized).toBe(true);
		}));

	test("a peer that is silent in the TLS handshake is given up on by the timeout", () =>
		checked(() =>
			withPeer(silent, function* (port) {
				const options = { host: "127.0.0.1", port, tls: true, timeout: 20 };
				expect(yield* caught(() => connect(options))).toBeInstanceOf(TimeoutError);
			}),
		));

	test("a TLS option that Node refuses leaves nothing open", () =>
		checked(() =>
			withPeer(silent, function* (port) {
				const tls = { key: "no key", cert: "no certificate" };
				yield* caught(() => connect({ host: "127.0.0.1", port, tls }));
			}),
		));

	test("wrong options are named at the call", () => {
		expect(() => connect({} as never)).toThrow(/say where to/);
		expect(() => connect({ port: 80, path: "/x" })).toThrow(/say where to/);
		expect(() => connect({ port: 0 })).toThrow(/the port is 0/);
		expect(() => connect({ port: 70_000 })).toThrow(RangeError);
		expect(() => connect({ port: "80" as never })).toThrow(/the port is "80"/);
		expect(() => connect({ port: 80, host: "" })).toThrow(/the host is ""/);
		expect(() => connect({ port: 80, signal: null } as never)).toThrow(/unknown option "signal"/);
		expect(() => connect({ port: 80, timeout: Number.NaN })).toThrow(/timeout is NaN/);
		expect(() => connect({ port: 80, family: 5 as never })).toThrow(/family/);
		expect(() => connect({ port: 80, keepAlive: "yes" as never })).toThrow(/keepAlive/);
		expect(() => connect(80 as never)).toThrow(/options are 80/);
	});

	test("a synchronous run says that it cannot", () => {
		expect(() => runSync(() => connect({ host: "127.0.0.1", port: 9 }))).toThrow(CannotBlockError);
	});
});

describe("listen", () => {
	test("a port, a Unix socket and an IPv6 address tell where they are", () =>
		checked(function* () {
			const tcp = yield* listen({ port: 0 });
			expect(tcp.address).toEqual({
				host: "127.0.0.1",
				port: tcp.address.port,
				path: "",
				url: `tcp://127.0.0.1:${tcp.address.port}`,
			});
			const path = join(folder, "a.sock");
			const unix = yield* listen({ path });
			expect(unix.address).toEqual({ host: "", port: 0, path, url: `unix:${path}` });
			yield* withTaskGroup(function* (group) {
				const accepted = group.spawn(() => unix.accept());
				const stream = yield* connect({ path });
				yield* stream.write("hi");
				yield* stream.end();
				expect(text(yield* (yield* accepted).readAll())).toBe("hi");
				expect(stream.remoteAddress).toEqual({ host: "", port: 0 });
			});
			yield* unix.close();
			expect(existsSync(path)).toBe(false);
		}));

	test("an address that is in use, a path that is a file, a host of another machine", () =>
		checked(function* () {
			const { address } = yield* listen({ port: 0 });
			const used = yield* caught(() => listen({ port: address.port }));
			expect(used).toBeInstanceOf(ListenError);
			expect(used.message).toContain(`127.0.0.1:${address.port} cannot be had (EADDRINUSE)`);
			expect((used.cause as NodeJS.ErrnoException).code).toBe("EADDRINUSE");
			const path = join(folder, "file");
			writeFileSync(path, "");
			expect((yield* caught(() => listen({ path }))).message).toContain("remove it");
			expect((yield* caught(() => listen({ port: 0, host: NOWHERE }))).message).toContain("EADDRNOTAVAIL");
		}));

	test("close frees the address before it returns, wakes who waits, and breaks off who was not accepted", () =>
		checked(function* () {
			const listener = yield* listen({ port: 0 });
			const { port } = listener.address;
			yield* withTaskGroup(function* (group) {
				const first = yield* connect({ port });
				const accepted = yield* listener.accept();
				const second = yield* connect({ port });
				while (listener.statistics().pending === 0) yield* checkpoint();
				yield* listener.close();
				expect((yield* caught(() => listener.accept())).name).toBe("ClosedResourceError");
				expect((yield* caught(() => second.read())).name).toBe("BrokenResourceError");
				// What was accepted goes on.
				yield* accepted.write("still here");
				expect(text(yield* first.read())).toBe("still here");
				const again = yield* listen({ port });
				const waiting = group.spawn(() => caught(() => again.accept()));
				yield* checkpoint();
				yield* again.close();
				yield* again.close();
				expect((yield* waiting).name).toBe("ClosedResourceError");
			});
		}));

	test("for await gives connections in their order, to whoever waits longest, and ends when it is closed", () =>
		checked(function* () {
			const listener = yield* listen({ port: 0 });
			const { port } = listener.address;
			yield* withTaskGroup(function* (group) {
				const loop = group.spawn(async () => {
					let count = 0;
					for await (const stream of listener) {
						await stream.close();
						if (++count === 3) break;
					}
					for await (const stream of listener) {
						await stream.close();
						count++;
					}
					return count;
				});
				for (let count = 0; count < 5; count++) yield* (yield* connect({ port })).readAll();
				yield* listener.close();
				expect(yield* loop).toBe(5);
			});
		}));

	test("a cancelled accept loses no connection", () =>
		checked(function* () {
			const listener = yield* listen({ port: 0 });
			const { port } = listener.address;
			for (let count = 0; count < 20; count++) {
				const stream = yield* connect({ port });
				let accepted: SocketStream | undefined;
				while (accepted === undefined) accepted = yield* moveOnAfter(1 + (count % 3), () => listener.accept());
				yield* accepted.close();
				expect(yield* stream.read()).toBeUndefined();
				yield* stream.close();
			}
			expect(listener.statistics()).toEqual({ open: 0, pending: 0, accepted: 20, dropped: 0, failedHandshakes: 0 });
		}));

	test("more than the backlog are closed at once, and counted", () =>
		checked(function* () {
			const listener = yield* listen({ port: 0, backlog: 2 });
			const { port } = listener.address;
			const streams: SocketStream[] = [];
			for (let count = 0; count < 4; count++) streams.push(yield* connect({ port }));
			while (listener.statistics().dropped < 2) yield* checkpoint();
			expect(listener.statistics()).toMatchObject({ pending: 2, dropped: 2 });
		}));

	test("the end of its scope closes the listener and what it has given", () =>
		checked(function* () {
			let accepted: SocketStream | undefined;
			let client: SocketStream | undefined;
			yield* withCancelScope(function* () {
				const listener = yield* listen({ port: 0 });
				client = yield* connect({ port: listener.address.port });
				accepted = yield* listener.accept();
				yield* listener.close();
			});
			expect([accepted?.socket.closed, client?.socket.closed]).toEqual([true, true]);
		}));

	test("a failed handshake is counted, and harms nobody", () =>
		checked(function* () {
			const listener = yield* listen({ port: 0, tls: credentials });
			const { port } = listener.address;
			const rude = yield* connect({ port });
			yield* rude.write("GET / HTTP/1.1\r\n\r\n");
			yield* caught(() => rude.readExactly(1_000));
			expect(listener.statistics().failedHandshakes).toBe(1);
			// One that says nothing is closed with the listener.
			const dumb = yield* connect({ port });
			yield* moveOnAfter(5, () => dumb.read());
			const good = yield* connect({ port, host: "127.0.0.1", tls: { ca: credentials.cert } });
			yield* (yield* listener.accept()).write("hello");
			expect(text(yield* good.read())).toBe("hello");
			yield* listener.close();
		}));

	test("wrong options are named at the call", async () => {
		expect(() => listen({} as never)).toThrow(/say where/);
		expect(() => listen({ port: -1 })).toThrow(/the port is -1/);
		expect(() => listen({ port: 0, backlog: 0 })).toThrow(/backlog/);
		expect(() => listen({ port: 0, tls: true as never })).toThrow(/tls is true/);
		expect(() => listen({ port: 0, hosts: "x" } as never)).toThrow(/unknown option "hosts"/);
		expect(await rejectionOf(listen({ port: 0, host: NOWHERE }))).toBeInstanceOf(ListenError);
	});
});
