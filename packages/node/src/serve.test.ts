import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expectNoLeaks } from "@holdfast/testing";
import {
	type Awaitable,
	cleanup,
	Event,
	now,
	type Report,
	sleep,
	sleepForever,
	suppressedErrors,
	withCancelScope,
	withTaskGroup,
} from "holdfast";
import { describe, expect, test } from "vitest";
import { checked } from "../test/processes.ts";
import { caught, credentials, text } from "../test/sockets.ts";
import { connect } from "./connect.ts";
import { ListenError } from "./errors.ts";
import type { ListenAddress } from "./listen.ts";
import { type ServeOptions, serve } from "./serve.ts";
import type { SocketStream } from "./socket-stream.ts";

type Handler = (stream: SocketStream) => Awaitable<unknown>;

function* echo(stream: SocketStream): Generator<never, void, unknown> {
	for (let chunk = yield* stream.read(); chunk !== undefined; chunk = yield* stream.read()) yield* stream.write(chunk);
}

/** Serves while `body` runs, and then shuts down; gives how many milliseconds that took. */
function* serving(
	handler: Handler,
	options: Partial<ServeOptions>,
	body: (port: number) => Generator<never, void, unknown>,
	grace = 60_000,
): Generator<never, number, unknown> {
	let began = 0;
	yield* withTaskGroup(
		function* (group): Generator<never, void, unknown> {
			const { port } = yield* group.start((started: (address: ListenAddress) => void) =>
				serve(handler, { port: 0, onListening: started, ...options }),
			);
			yield* body(port);
			began = now();
			group.cancel();
		},
		{ grace },
	);
	return now() - began;
}

describe("serving", () => {
	test("each connection is a task of its own; all of them are answered", () =>
		checked(() =>
			serving(echo, {}, function* (port) {
				yield* withTaskGroup(function* (group) {
					for (let number = 0; number < 20; number++)
						group.spawn(function* () {
							const stream = yield* connect({ port });
							for (let round = 0; round < 5; round++) {
								yield* stream.write(`${number}:${round}\n`);
								expect(yield* stream.readLine()).toBe(`${number}:${round}`);
							}
							yield* stream.end();
							expect(yield* stream.read()).toBeUndefined();
						});
				});
			}),
		));

	test("native async handlers, over TLS and a Unix socket", () =>
		checked(function* () {
			const handler = async (stream: SocketStream): Promise<void> => {
				for await (const line of stream.lines()) await stream.write(`${line.toUpperCase()}\n`);
			};
			yield* serving(handler, { tls: credentials }, function* (port) {
				const stream = yield* connect({ host: "127.0.0.1", port, tls: { ca: credentials.cert } });
				yield* stream.write("hello\n");
				expect(yield* stream.readLine()).toBe("HELLO");
			});
		}));

	test("the connection is closed when the handler has returned, with everything that it wrote", () =>
		checked(() =>
			serving(
				(stream) => stream.write("bye"),
				{},
				function* (port) {
					expect(text(yield* (yield* connect({ port })).readAll())).toBe("bye");
				},
			),
		));

	test("an error of a handler is reported, breaks its connection off, and ends nothing else", async () => {
		const reports: Report[] = [];
		const failing: Handler = function* (stream) {
			const line = yield* stream.readLine();
			yield* stream.write("half an ans");
			if (line === "fail") throw new Error("no");
			yield* stream.write("wer\n");
		};
		await checked(
			() =>
				serving(failing, {}, function* (port) {
					const broken = yield* connect({ port });
					yield* broken.write("fail\n");
					expect((yield* caught(() => broken.readAll())).name).toBe("BrokenResourceError");
					const whole = yield* connect({ port });
					yield* whole.write("go\n");
					expect(yield* whole.readLine()).toBe("half an answer");
				}),
			{ onReport: (report) => reports.push(report) },
		);
		expect(reports.map(({ error }) => String(error))).toEqual(["Error: no"]);
		expect(reports[0]?.path).toContain("the connection from 127.0.0.1");
	});

	test("onError gets the error instead; what it throws ends the server, and all others", () =>
		checked(function* () {
			const seen: unknown[] = [];
			const handler: Handler = function* (stream) {
				throw new Error((yield* stream.readLine()) ?? "");
			};
			const onError = (error: unknown, stream: SocketStream): void => {
				seen.push(String(error), stream.remoteAddress.host);
				if (String(error).includes("fatal")) throw error;
			};
			const failure = yield* caught(function* () {
				yield* serving(handler, { onError }, function* (port) {
					const first = yield* connect({ port });
					yield* first.write("harmless\n");
					yield* caught(() => first.readAll());
					yield* connect({ port });
					const second = yield* connect({ port });
					yield* second.write("fatal\n");
					yield* sleepForever();
				});
			} as never);
			expect(failure.message).toBe("fatal");
			expect(suppressedErrors(failure)).toEqual([]);
			expect(seen).toEqual(["Error: harmless", "127.0.0.1", "Error: fatal", "127.0.0.1"]);
		}));

	test("no more than maxConnections are handled at once; the others wait for their turn", () =>
		checked(function* () {
			let open = 0;
			let most = 0;
			const full = new Event();
			const handler: Handler = function* (stream) {
				most = Math.max(most, ++open);
				if (open === 3) full.set();
				yield* full.wait();
				yield* stream.readAll();
				open--;
				yield* stream.write("ok");
			};
			yield* serving(handler, { maxConnections: 3 }, function* (port) {
				yield* withTaskGroup(function* (group) {
					for (let number = 0; number < 10; number++)
						group.spawn(function* () {
							const stream = yield* connect({ port });
							yield* stream.end();
							expect(text(yield* stream.readAll())).toBe("ok");
						});
				});
			});
			expect(most).toBe(3);
		}));

	test("a port in use, before anything was said to listen", () =>
		checked(() =>
			serving(echo, {}, function* (port) {
				let isListening = false;
				const error = yield* caught(() => serve(echo, { port, onListening: () => (isListening = true) }));
				expect(error).toBeInstanceOf(ListenError);
				expect(isListening).toBe(false);
			}),
		));

	test("an onListening that throws ends the server with that error", () =>
		checked(function* () {
			const failing = (): never => {
				throw new Error("not now");
			};
			expect((yield* caught(() => serve(echo, { port: 0, onListening: failing }))).message).toBe("not now");
		}));

	test("wrong options are named at the call", () => {
		expect(() => serve(echo as never, {} as never)).toThrow(/serve: say where/);
		expect(() => serve(5 as never, { port: 0 })).toThrow(/the handler is 5/);
		expect(() => serve(echo, { port: 0, shutdown: "never" as never })).toThrow(/"idle", "all" or "none"/);
		expect(() => serve(echo, { port: 0, maxConnections: 0 })).toThrow(/maxConnections/);
		expect(() => serve(echo, { port: 0, onError: true as never })).toThrow(/onError is true/);
		expect(() => serve(echo, { port: 0, handler: echo } as never)).toThrow(/unknown option "handler"/);
	});
});

describe("shutdown", () => {
	test("a scope that is cancelled before it serves listens nowhere", () =>
		checked(() =>
			withCancelScope(function* (scope) {
				scope.cancel();
				yield* serve(echo, { port: 0, onListening: () => expect.unreachable() });
			}),
		));

	test("handlers that wait for their client end at once, and their clients read a clean end", () =>
		checked(function* () {
			const clients: SocketStream[] = [];
			yield* withCancelScope(function* () {
				yield* serving(echo, {}, function* (port) {
					for (let count = 0; count < 5; count++) {
						const stream = yield* connect({ port });
						clients.push(stream);
						yield* stream.write("x");
						yield* stream.read();
					}
				});
			});
			// They were closed with the group around their `connect`; nobody had to wait for the grace of a minute.
			expect(clients.every((stream) => stream.socket.closed)).toBe(true);
		}));

	test("a handler at work finishes its answer, then is cancelled where it waits for its client", () =>
		checked(function* () {
			const log: string[] = [];
			const working = new Event();
			const goOn = new Event();
			const handler: Handler = function* (stream) {
				try {
					for (let line = yield* stream.readLine(); line !== undefined; line = yield* stream.readLine()) {
						working.set();
						yield* goOn.wait();
						yield* stream.write(`answer to ${line}\n`);
						log.push(`answered ${line}`);
					}
					log.push("end");
				} finally {
					log.push("cleanup");
				}
			};
			yield* withTaskGroup(function* (outer) {
				const answers = new Event();
				let port = 0;
				const server = outer.spawn(() =>
					serve(handler, {
						port: 0,
						onListening: (address) => {
							port = address.port;
							answers.set();
						},
					}),
				);
				yield* answers.wait();
				const stream = yield* connect({ port });
				// The second line is there already when the first has been answered.
				yield* stream.write("one\ntwo\n");
				yield* working.wait();
				server.cancel();
				yield* sleep(5);
				expect(log).toEqual([]);
				expect((yield* caught(() => connect({ port }))).name).toBe("ConnectError");
				goOn.set();
				expect(text(yield* stream.readAll())).toBe("answer to one\nanswer to two\n");
			});
			expect(log).toEqual(["answered one", "answered two", "cleanup"]);
		}));

	test("what is not finished after four fifths of the grace is cancelled, cleans up in the rest, and is broken off", () =>
		checked(function* () {
			const log: string[] = [];
			let client: SocketStream | undefined;
			let failure: Error | undefined;
			const begun = new Event();
			yield* withTaskGroup(function* (outer) {
				const handler: Handler = function* (stream) {
					try {
						yield* stream.write("half");
						begun.set();
						yield* sleepForever();
					} finally {
						yield* cleanup(function* () {
							yield* sleep(1);
							log.push("cleaned up");
						});
					}
				};
				const listening = new Event();
				let port = 0;
				const server = outer.spawn(() =>
					withCancelScope({ grace: 200 }, function* (scope): Generator<never, void, unknown> {
						outer.spawn(function* () {
							yield* begun.wait();
							scope.cancel();
						});
						yield* serve(handler, {
							port: 0,
							onListening: (address) => {
								port = address.port;
								listening.set();
							},
						});
					}),
				);
				yield* listening.wait();
				client = yield* connect({ port });
				failure = yield* caught(() => (client as SocketStream).readAll());
				yield* server;
			});
			expect(log).toEqual(["cleaned up"]);
			expect(failure?.name).toBe("BrokenResourceError");
		}));

	test("with a grace of zero everything is cancelled at once", () =>
		checked(() =>
			serving(
				function* (stream) {
					yield* stream.write("x");
					yield* sleepForever();
				},
				{},
				function* (port) {
					yield* (yield* connect({ port })).read();
				},
				0,
			),
		));

	test('shutdown: "all" cancels handlers at work at once, "none" lets idle ones go on', () =>
		checked(function* () {
			const log: string[] = [];
			const busy: Handler = function* (stream) {
				yield* stream.write("x");
				try {
					yield* sleepForever();
				} finally {
					log.push("cancelled at work");
				}
			};
			yield* serving(busy, { shutdown: "all" }, function* (port) {
				yield* (yield* connect({ port })).read();
			});
			expect(log.splice(0)).toEqual(["cancelled at work"]);
			const idle: Handler = function* (stream) {
				yield* stream.write("x");
				try {
					yield* stream.read();
				} finally {
					log.push("over");
				}
			};
			const time = yield* serving(
				idle,
				{ shutdown: "none" },
				function* (port) {
					const stream = yield* connect({ port });
					yield* stream.read();
				},
				50,
			);
			expect(log).toEqual(["over"]);
			expect(time).toBeGreaterThanOrEqual(0);
		}));

	test("200 clients under load: each request has its whole answer, or an error before any byte of it", () =>
		checked(function* () {
			const answer = `${"a".repeat(100_000)}\n`;
			const counts = { whole: 0, clean: 0 };
			const handler: Handler = function* (stream) {
				for (let line = yield* stream.readLine(); line !== undefined; line = yield* stream.readLine()) {
					yield* sleep(Number(line) % 3);
					yield* stream.write(answer);
				}
			};
			yield* withTaskGroup(function* (clients) {
				const stop = new Event();
				const { port } = yield* clients.start(function* (started: (address: ListenAddress) => void) {
					yield* withTaskGroup(function* (group) {
						group.spawn(() => serve(handler, { port: 0, onListening: started }));
						yield* stop.wait();
						group.cancel();
					});
				});
				for (let number = 0; number < 200; number++)
					clients.spawn(function* () {
						let received = 0;
						try {
							const stream = yield* connect({ port });
							for (let request = 0; ; request++) {
								received = 0;
								yield* stream.write(`${number + request}\n`);
								while (received < answer.length) {
									const chunk = yield* stream.read();
									if (chunk === undefined) throw new Error("ended");
									received += chunk.length;
								}
								counts.whole++;
								if (counts.whole === 600) stop.set();
							}
						} catch (error) {
							if ((error as Error).name === "AbortError") throw error;
							expect(received).toBe(0);
							counts.clean++;
						}
					});
			});
			expect(counts.clean).toBe(200);
			expect(counts.whole).toBeGreaterThanOrEqual(600);
		}));
});

test("a process that gets SIGTERM under load answers whole what it has begun, leaves nothing open, and ends", async () => {
	const program = fileURLToPath(new URL("../test/line-server.ts", import.meta.url));
	for (let round = 0; round < 3; round++) {
		const child = spawn(process.execPath, ["--conditions=@holdfast/source", program], {
			stdio: ["ignore", "pipe", "inherit"],
		});
		let printed = "";
		const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
		const port = await new Promise<number>((resolve) =>
			child.stdout.on("data", (chunk) => {
				printed += chunk;
				resolve(Number.parseInt(printed, 10));
			}),
		);
		let whole = 0;
		let cut = 0;
		await checked(() =>
			withTaskGroup(function* (clients) {
				for (let number = 0; number < 50; number++)
					clients.spawn(function* () {
						let received = 0;
						try {
							const stream = yield* connect({ port });
							for (let request = number; ; request++) {
								received = 0;
								yield* stream.write(`${request}\n`);
								while (received < 20_000) {
									const chunk = yield* stream.read();
									if (chunk === undefined) throw new Error("ended");
									received += chunk.length;
								}
								if (++whole === 300 + 100 * round) child.kill("SIGTERM");
							}
						} catch (error) {
							if ((error as Error).name === "AbortError") throw error;
							if (received > 0) cut++;
						}
					});
			}),
		);
		expect([await ended, cut]).toEqual([143, 0]);
		expect(whole).toBeGreaterThanOrEqual(300 + 100 * round);
		expect(printed).toContain("left open: 0");
	}
});

test("a process that runs out of file descriptors serves on when there are some again", async () => {
	const program = fileURLToPath(new URL("../test/few-files.ts", import.meta.url));
	const output = await expectNoLeaks(
		() =>
			new Promise<string>((resolve, reject) => {
				const child = spawn("sh", [
					"-c",
					`ulimit -n 60; exec "$0" --conditions=@holdfast/source "$1"`,
					process.execPath,
					program,
				]);
				let printed = "";
				child.stdout.on("data", (chunk) => (printed += chunk));
				child.stderr.on("data", (chunk) => (printed += chunk));
				child.on("error", reject);
				child.on("close", (code) => resolve(`${printed}exit ${code}`));
			}),
	);
	expect(output).toBe("some were refused\nserves again\nexit 0");
});
