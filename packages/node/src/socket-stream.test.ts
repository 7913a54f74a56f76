import type * as net from "node:net";
import {
	BrokenResourceError,
	BusyResourceError,
	ClosedResourceError,
	checkpoint,
	cleanup,
	moveOnAfter,
	withCancelScope,
	withTaskGroup,
} from "holdfast";
import { describe, expect, test } from "vitest";
import { checked } from "../test/processes.ts";
import { caught, credentials, event, text, withPeer } from "../test/sockets.ts";
import { connect } from "./connect.ts";
import { IncompleteReadError } from "./errors.ts";
import { listen } from "./listen.ts";
import type { SocketStream } from "./socket-stream.ts";

const silent = (): void => {};
const echo = (socket: net.Socket): void => void socket.pipe(socket);
const BIG = Buffer.alloc(8 * 1024 * 1024, "x");

describe("reading", () => {
	test("a peer that sends one byte at a time is read in lines, exact counts and whole", () =>
		checked(() =>
			withPeer(
				(socket) => {
					const bytes = [...Buffer.from("one\r\ntwo\n1234rest")];
					const next = (): void => {
						const byte = bytes.shift();
						if (byte === undefined) socket.end();
						else socket.write(Uint8Array.of(byte), () => setImmediate(next));
					};
					socket.setNoDelay(true);
					next();
				},
				function* (port) {
					const stream = yield* connect({ port });
					expect(yield* stream.readLine()).toBe("one");
					expect(text(yield* stream.readUntil("\n"))).toBe("two\n");
					expect(text(yield* stream.readExactly(4))).toBe("1234");
					expect(text(yield* stream.readAll())).toBe("rest");
					expect(yield* stream.read()).toBeUndefined();
				},
			),
		));

	test("a maximum leaves the rest for the next read, also when the read had to wait", () =>
		checked(() =>
			withPeer(echo, function* (port) {
				const stream = yield* connect({ port });
				yield* withTaskGroup(function* (group) {
					const first = group.spawn(() => stream.read(2));
					yield* checkpoint();
					yield* stream.write("abcdef");
					expect(text(yield* first)).toBe("ab");
				});
				expect(text(yield* stream.read(3))).toBe("cde");
				expect(text(yield* stream.read())).toBe("f");
			}),
		));

	test("a peer that half-closes can still be answered", () =>
		checked(() =>
			withPeer(
				(socket) => {
					socket.end("question");
					socket.on("data", (chunk) => received.push(String(chunk)));
					socket.on("end", () => received.push("end"));
				},
				function* (port, peer) {
					const stream = yield* connect({ port });
					expect(text(yield* stream.readAll())).toBe("question");
					yield* stream.write("answer");
					yield* stream.end();
					const [socket] = peer.sockets as [net.Socket];
					if (!socket.closed) yield* event(socket, "close");
					expect(received.splice(0)).toEqual(["answer", "end"]);
				},
			),
		));
	const received: string[] = [];

	test("a peer that resets: what has arrived is read, then BrokenResourceError with the cause, again and again", () =>
		checked(() =>
			withPeer(
				(socket) => {
					socket.write("last words", () => socket.once("data", () => socket.resetAndDestroy()));
				},
				function* (port) {
					const stream = yield* connect({ port });
					expect(text(yield* stream.readExactly(4))).toBe("last");
					yield* stream.write("go");
					const error = yield* caught<BrokenResourceError>(() => stream.readAll());
					expect(error).toBeInstanceOf(BrokenResourceError);
					expect((error.cause as NodeJS.ErrnoException).code).toBe("ECONNRESET");
					expect(error.message).toContain(`the connection to 127.0.0.1:${port} is broken: ECONNRESET`);
					expect(text(yield* stream.read())).toBe(" words");
					for (const call of [
						() => stream.read(),
						() => stream.readLine(),
						() => stream.write("x"),
						() => stream.end(),
					])
						expect(yield* caught(call)).toBeInstanceOf(BrokenResourceError);
					yield* stream.close();
				},
			),
		));

	test("an end in the middle of what is awaited is IncompleteReadError", () =>
		checked(() =>
			withPeer(
				(socket) => socket.end("abc"),
				function* (port) {
					const stream = yield* connect({ port });
					const error = yield* caught<IncompleteReadError>(() => stream.readExactly(10));
					expect(error).toBeInstanceOf(IncompleteReadError);
					expect(text(error.partial)).toBe("abc");
				},
			),
		));

	test("a cancelled read takes nothing, and the next one goes on", () =>
		checked(() =>
			withPeer(echo, function* (port) {
				const stream = yield* connect({ port });
				for (const read of [() => stream.read(), () => stream.readLine(), () => stream.readExactly(3)])
					expect(yield* moveOnAfter(5, read as () => ReturnType<SocketStream["read"]>)).toBeUndefined();
				yield* stream.write("ab\n");
				expect(yield* stream.readLine()).toBe("ab");
			}),
		));

	test("what nobody reads is bounded: the peer has to wait, and loses nothing", () =>
		checked(() =>
			withPeer(
				(socket) => socket.end(BIG),
				function* (port) {
					const stream = yield* connect({ port });
					expect((yield* stream.read(1))?.length).toBe(1);
					// Until the kernel's buffers are full, nothing more arrives.
					let before = -1;
					for (let quiet = 0; quiet < 5; quiet++) {
						yield* moveOnAfter(5, () => event(stream.socket, "never"));
						if (stream.statistics().buffered !== before) quiet = 0;
						before = stream.statistics().buffered;
					}
					expect(before).toBeLessThan(4 * 65_536);
					let size = 1;
					for (let chunk = yield* stream.read(); chunk !== undefined; chunk = yield* stream.read())
						size += chunk.length;
					expect(size).toBe(BIG.length);
				},
			),
		));

	test("large exact reads and small reads of a large answer give every byte", () =>
		checked(() =>
			withPeer(
				(socket) => socket.end(BIG),
				function* (port) {
					const stream = yield* connect({ port });
					expect((yield* stream.readExactly(3 * 1024 * 1024)).length).toBe(3 * 1024 * 1024);
					expect((yield* stream.readAll()).length).toBe(5 * 1024 * 1024);
				},
			),
		));
});

describe("writing", () => {
	test("a peer that never reads makes the writer wait; cancelled, nothing later overtakes what was begun", () =>
		checked(() =>
			withPeer(
				(socket) => socket.pause(),
				function* (port, peer) {
					const stream = yield* connect({ port });
					let isOver = false;
					yield* moveOnAfter(20, function* () {
						yield* stream.write(BIG);
						isOver = true;
					});
					expect(isOver).toBe(false);
					// Later writes wait for it, and add nothing.
					for (let count = 0; count < 50; count++) yield* moveOnAfter(0, () => stream.write("never sent"));
					const { unsent } = stream.statistics();
					expect(unsent).toBeLessThanOrEqual(BIG.length);
					let size = 0;
					let last = "";
					const [socket] = peer.sockets as [net.Socket];
					socket.on("data", (chunk) => {
						size += chunk.length;
						last = String(chunk.subarray(-4));
					});
					socket.resume();
					yield* stream.write("tail");
					yield* stream.end();
					if (!socket.readableEnded) yield* event(socket, "end");
					expect([size, last]).toEqual([BIG.length + 4, "tail"]);
				},
			),
		));

	test("when write returns, the system has taken everything", () =>
		checked(() =>
			withPeer(
				(socket) => socket.resume(),
				function* (port) {
					const stream = yield* connect({ port });
					for (const data of ["a", BIG, "ü", new Uint8Array(0), ""]) {
						yield* stream.write(data);
						expect(stream.statistics().unsent).toBe(0);
					}
					expect(stream.statistics().bytesWritten).toBe(BIG.length + 3);
				},
			),
		));

	test("a peer that goes away while a write waits breaks it", () =>
		checked(() =>
			withPeer(
				(socket) => socket.pause(),
				function* (port, peer) {
					const stream = yield* connect({ port });
					yield* withTaskGroup(function* (group) {
						const writing = group.spawn(() => cleanup(() => caughtWrite(stream)));
						while (stream.statistics().unsent === 0) yield* checkpoint();
						peer.sockets[0]?.resetAndDestroy();
						expect(yield* writing).toBeInstanceOf(BrokenResourceError);
					});
				},
			),
		));

	function* caughtWrite(stream: SocketStream): Generator<never, unknown, unknown> {
		return yield* caught(() => stream.write(BIG));
	}

	test("in a cancelled scope nothing is sent", () =>
		checked(() =>
			withPeer(silent, function* (port) {
				const stream = yield* connect({ port });
				yield* withCancelScope(function* (scope) {
					scope.cancel();
					yield* stream.write("x");
				});
				expect(stream.statistics().bytesWritten).toBe(0);
			}),
		));

	test("end twice waits twice and is sent once; writing after it is the caller's fault", () =>
		checked(() =>
			withPeer(
				(socket) => socket.resume().once("end", () => socket.end("bye")),
				function* (port) {
					const stream = yield* connect({ port });
					yield* stream.write("x");
					yield* stream.end();
					yield* stream.end();
					expect((yield* caught(() => stream.write("y"))).message).toMatch(/end\(\) was called/);
					expect(text(yield* stream.readAll())).toBe("bye");
				},
			),
		));
});

describe("two at once", () => {
	test("the second reader and the second writer are told so; a reader and a writer go together", () =>
		checked(() =>
			withPeer(
				(socket) => socket.pause(),
				function* (port) {
					const stream = yield* connect({ port });
					yield* withTaskGroup(function* (group) {
						const reading = group.spawn(() => stream.read());
						const writing = group.spawn(() => stream.write(BIG));
						while (stream.statistics().unsent === 0) yield* checkpoint();
						const second = yield* caught(() => stream.read());
						expect(second).toBeInstanceOf(BusyResourceError);
						expect(second.message).toContain("another task is in read of the connection to");
						expect(yield* caught(() => stream.readLine())).toBeInstanceOf(BusyResourceError);
						expect(yield* caught(() => stream.write("x"))).toBeInstanceOf(BusyResourceError);
						expect(yield* caught(() => stream.end())).toBeInstanceOf(BusyResourceError);
						reading.cancel();
						writing.cancel();
					});
				},
			),
		));
});

describe("closing", () => {
	test("close wakes whoever waits, by ClosedResourceError, and is over when the resource is given back", () =>
		checked(() =>
			withPeer(
				(socket) => socket.pause(),
				function* (port) {
					const stream = yield* connect({ port });
					yield* withTaskGroup(function* (group) {
						const reading = group.spawn(() => caught(() => stream.readLine()));
						const writing = group.spawn(() => caught(() => stream.write(BIG)));
						while (stream.statistics().unsent === 0) yield* checkpoint();
						yield* stream.close();
						expect(stream.socket.closed).toBe(true);
						for (const task of [reading, writing]) expect(yield* task).toBeInstanceOf(ClosedResourceError);
					});
					for (const call of [() => stream.read(), () => stream.write("x"), () => stream.end()])
						expect(yield* caught(call)).toBeInstanceOf(ClosedResourceError);
					yield* stream.close();
				},
			),
		));

	test("close sends what was written, and the peer reads the end", () =>
		checked(() =>
			withPeer(silent, function* (port, peer) {
				const stream = yield* connect({ port });
				yield* stream.write("all of it");
				yield* stream.close();
				const [socket] = peer.sockets as [net.Socket];
				const chunks: string[] = [];
				socket.on("data", (chunk) => chunks.push(String(chunk)));
				yield* event(socket, "end");
				expect(chunks.join("")).toBe("all of it");
			}),
		));

	test("in a cancelled scope it closes all the same, by force, also what a write has left behind", () =>
		checked(() =>
			withPeer(
				(socket) => socket.pause(),
				function* (port) {
					const stream = yield* connect({ port });
					let isClosed = false;
					yield* withCancelScope(function* (scope) {
						try {
							yield* moveOnAfter(5, () => stream.write(BIG));
							scope.cancel();
						} finally {
							yield* stream.close();
							isClosed = stream.socket.closed;
						}
					});
					expect(isClosed).toBe(true);
				},
			),
		));

	test("with no grace at all it is closed when the scope is left", () =>
		checked(() =>
			withPeer(silent, function* (port) {
				const stream = yield* connect({ port });
				yield* withCancelScope({ grace: 0 }, function* (scope) {
					scope.cancel();
					yield* stream.close();
				});
				expect(stream.socket.destroyed).toBe(true);
			}),
		));

	test("two tasks that close both wait for the end", () =>
		checked(() =>
			withPeer(silent, function* (port) {
				const stream = yield* connect({ port });
				yield* withTaskGroup(function* (group) {
					for (let count = 0; count < 3; count++)
						group.spawn(function* () {
							yield* stream.close();
							expect(stream.socket.closed).toBe(true);
						});
				});
			}),
		));

	test("reset lets the peer see that it was broken off", () =>
		checked(() =>
			withPeer(silent, function* (port, peer) {
				const stream = yield* connect({ port });
				while (peer.sockets.length === 0) yield* checkpoint();
				const [socket] = peer.sockets as [net.Socket];
				socket.resume();
				yield* stream.reset();
				expect(stream.socket.closed).toBe(true);
				if (!socket.closed) yield* event(socket, "close");
				expect((socket.errored as NodeJS.ErrnoException | null)?.code).toBe("ECONNRESET");
			}),
		));

	test("a hundred connections that are opened and closed leave nothing in the scope around them", () =>
		checked(() =>
			withPeer(echo, function* (port) {
				for (let count = 0; count < 100; count++) {
					const stream = yield* connect({ port });
					yield* stream.write("x");
					yield* stream.read();
					yield* stream.close();
				}
			}),
		));
});

describe("TLS", () => {
	test("bytes, half-close, backpressure and close over TLS", () =>
		checked(function* () {
			yield* withTaskGroup(function* (group) {
				const listener = yield* listen({ port: 0, tls: credentials });
				expect(listener.address.url).toBe(`tls://127.0.0.1:${listener.address.port}`);
				group.spawn(function* () {
					const stream = yield* listener.accept();
					const body = yield* stream.readAll();
					yield* stream.write(body);
					yield* stream.close();
				});
				const { port } = listener.address;
				const stream = yield* connect({ host: "localhost", port, family: 4, tls: { ca: credentials.cert } });
				yield* stream.write(BIG);
				expect(stream.statistics().unsent).toBe(0);
				yield* stream.end();
				expect((yield* stream.readAll()).length).toBe(BIG.length);
				yield* stream.close();
				expect(stream.socket.closed).toBe(true);
			});
		}));

	test("a peer that never reads does not hold close up", () =>
		checked(function* () {
			const listener = yield* listen({ port: 0, tls: credentials });
			const { port } = listener.address;
			const stream = yield* connect({ port, host: "127.0.0.1", tls: { ca: credentials.cert } });
			yield* moveOnAfter(20, () => stream.write(BIG));
			yield* stream.close();
			expect(stream.socket.closed).toBe(true);
		}));
});

test("options of the socket", () =>
	checked(() =>
		withPeer(silent, function* (port) {
			const stream = yield* connect({ port, noDelay: false, keepAlive: 10_000 });
			stream.setNoDelay(true);
			stream.setKeepAlive(false);
			stream.setKeepAlive(1_000);
			expect(stream.remoteAddress).toEqual({ host: "127.0.0.1", port });
			expect(stream.localAddress.host).toBe("127.0.0.1");
			expect(() => stream.setNoDelay(1 as never)).toThrow(TypeError);
			expect(() => stream.setKeepAlive(-1)).toThrow(TypeError);
			expect(() => stream.write(5 as never)).toThrow(/write: 5 are no bytes/);
			expect(() => stream.read(0)).toThrow(RangeError);
		}),
	));

test("await using and native async functions use it as well", () =>
	checked(() =>
		withPeer(echo, function* (port) {
			yield* withTaskGroup(function* (group) {
				yield* group.spawn(async () => {
					const stream = await connect({ port });
					await stream.write("one\ntwo\n");
					await stream.end();
					const lines: string[] = [];
					for await (const line of stream.lines()) lines.push(line);
					expect(lines).toEqual(["one", "two"]);
					await stream[Symbol.asyncDispose]();
					expect(stream.socket.closed).toBe(true);
				});
			});
		}),
	));
