// What @holdfast/node does, in short, in whatever runtime this is; a line of JSON for each check. Started by
// scripts/runtimes/sockets.mjs on all of them; HOLDFAST_CHILD has the words that run another program there.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect as connectRaw } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import {
	callByName,
	connectWebSocket,
	eventStream,
	exec,
	execPipeline,
	fetchOk,
	fromNodeReadable,
	fromNodeWritable,
	open,
	readEvents,
	readFile,
	runInWorker,
	serveHttp,
	signals,
	spawnProcess,
	stapleStreams,
	streamResponse,
	temporaryDirectory,
	toNodeReadable,
	walk,
	watch,
	writeFile,
	writeFileAtomic,
} from "@holdfast/node";
import { checkStream } from "@holdfast/testing";
import {
	all,
	coroutine,
	moveOnAfter,
	run,
	runSync,
	sleep,
	sleepForever,
	until,
	withTaskGroup,
	withTimeout,
} from "holdfast";
import { pipe } from "holdfast/streams";

const folder = mkdtempSync(join(tmpdir(), "holdfast-faces-"));
const read = (name) => readFileSync(new URL(`fixtures/${name}.pem`, import.meta.url));
const tls = { key: read("key"), cert: read("cert") };

function same(actual, expected) {
	const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
	if (is !== should) throw new Error(`it is ${is} instead of ${should}`);
}

function* errorOf(call) {
	try {
		yield* call();
	} catch (error) {
		return error;
	}
	throw new Error("nothing was thrown");
}

/** Serves while the body runs, and shuts down; gives what the body gives. */
function served(options, body) {
	return run(() =>
		withTaskGroup(function* (group) {
			const listening = yield* group.start((started) => serveHttp({ port: 0, onListening: started, ...options }));
			const value = yield* body(listening, group);
			group.cancel();
			return value;
		}),
	);
}

const textOf = function* (url, init) {
	const response = yield* fetchOk(url, init);
	return yield* until(response.text());
};

const checks = {
	*"pipes of processes keep the contract of streams"() {
		yield* until(
			checkStream(
				coroutine(function* () {
					const there = yield* spawnProcess("cat", [], { stderr: "ignore" });
					const back = yield* spawnProcess("cat", [], { stderr: "ignore" });
					return [stapleStreams(back.stdout, there.stdin), stapleStreams(there.stdout, back.stdin)];
				}),
				// Bun takes whatever is written to a process at once: writers never wait there.
				{ patience: 15_000, ...("Bun" in globalThis && { capacity: Number.POSITIVE_INFINITY }) },
			),
		);
	},

	*"streams of Node, both ways"() {
		const got = [];
		const stream = fromNodeReadable(Readable.from(["a", "b", "c"]));
		for (let step = yield* stream.next(); !step.done; step = yield* stream.next()) got.push(step.value);
		same(got, ["a", "b", "c"]);
		const through = new PassThrough();
		const sending = pipe([Buffer.from("x"), Buffer.from("y")], fromNodeWritable(through));
		yield* withTaskGroup(function* (group) {
			group.spawn(() => sending);
			const chunks = yield* until(through.toArray());
			same(Buffer.concat(chunks).toString(), "xy");
		});
		same(yield* until(toNodeReadable([1, 2, 3]).toArray()), [1, 2, 3]);
	},

	*"exec: input, output, exit codes, and a program that is not there"() {
		const { stdout } = yield* exec("cat", [], { input: "in" });
		same(stdout, "in");
		const large = yield* exec("cat", [], { input: "z".repeat(1_000_000) });
		same(large.stdout.length, 1_000_000);
		const failed = yield* errorOf(() => exec("sh", ["-c", "echo oops >&2; exit 3"]));
		same([failed.name, failed.exitCode, failed.message.includes("oops")], ["ProcessExitError", 3, true]);
		same((yield* errorOf(() => exec("holdfast-has-no-such-program"))).name, "ProcessStartError");
		const { stdout: piped } = yield* execPipeline([["printf", "b\\na\\n"], ["sort"]]);
		same(piped, "a\nb\n");
	},

	*"exec: cancelled, the program and what it has started are ended; one that ignores SIGTERM is killed"() {
		const log = join(folder, "children");
		const script = `trap "" TERM; sleep 60 & echo $! >> ${log}; echo $$ >> ${log}; while :; do sleep 0.05; done`;
		yield* withTaskGroup(function* (group) {
			group.spawn(() => exec("sh", ["-c", script], { grace: 100 }));
			const written = () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []);
			while (written().length < 2) yield* sleep(5);
			group.cancel();
		});
		const isAlive = (pid) => {
			try {
				process.kill(pid, 0);
				return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
			} catch {
				return false;
			}
		};
		same(readFileSync(log, "utf8").trim().split("\n").map(Number).filter(isAlive), []);
	},

	*"files: read, write, atomically, in lines, and their errors"() {
		const path = join(folder, "text");
		yield* writeFile(path, "one\ntwo\n");
		same(yield* readFile(path, "utf8"), "one\ntwo\n");
		yield* writeFileAtomic(path, "three\nfour");
		const lines = [];
		yield* open(path).with(function* (file) {
			for (let line = yield* file.readLine(); line !== undefined; line = yield* file.readLine()) lines.push(line);
		});
		same(lines, ["three", "four"]);
		same((yield* errorOf(() => readFile(join(folder, "none")))).name, "FileNotFoundError");
		if (existsSync("/dev/full")) same((yield* errorOf(() => writeFile("/dev/full", "x"))).name, "DiskFullError");
		same(
			runSync(function* () {
				return yield* readFile(path, "utf8");
			}),
			"three\nfour",
		);
	},

	*"files: temporary folders, walks, and what is watched"() {
		let place = "";
		yield* temporaryDirectory().with(function* (directory) {
			place = String(directory.path ?? directory);
			yield* writeFile(join(place, "a"), "");
			const found = [];
			const entries = walk(place)[Symbol.asyncIterator]();
			for (let step = yield* until(entries.next()); !step.done; step = yield* until(entries.next()))
				found.push(step.value.name);
			same(found, ["a"]);
			const changes = watch(place);
			const iterator = changes[Symbol.asyncIterator]();
			const writing = writeFile(join(place, "b"), "new");
			yield* withTaskGroup(function* (group) {
				group.spawn(() => writing);
				const { value } = yield* withTimeout(10_000, () => until(iterator.next()));
				same(String(value.path).endsWith("b"), true);
			});
			changes.close();
		});
		same(existsSync(place), false);
	},

	*"signals: those that come while nobody waits are kept"() {
		const hangups = signals("SIGHUP");
		const iterator = hangups[Symbol.asyncIterator]();
		process.kill(process.pid, "SIGHUP");
		same((yield* withTimeout(10_000, () => until(iterator.next()))).value, "SIGHUP");
		hangups.close();
	},

	*"workers: values, errors, and a cancelled loop"() {
		same(yield* runInWorker((a, b) => a + b, [1, 2]), 3);
		const error = yield* errorOf(() =>
			runInWorker(() => {
				throw new RangeError("too much");
			}, []),
		);
		same([error.name, error.message], ["RangeError", "too much"]);
		const outcome = yield* moveOnAfter(200, () =>
			runInWorker(
				() => {
					for (;;);
				},
				[],
				{ grace: 50 },
			),
		);
		same(outcome, undefined);
	},

	*"synchronous runs: what can be named, in the helper thread"() {
		const later = (value) =>
			callByName({ module: "node:timers/promises", export: "setTimeout", arguments: [5, value] });
		same(
			runSync(() => all([() => later("one"), () => later("two")])),
			["one", "two"],
		);
		const thrown = (call) => {
			try {
				runSync(call);
			} catch (error) {
				return [error.name, error.code ?? ""];
			}
			throw new Error("nothing was thrown");
		};
		const failing = () =>
			runInWorker(() => {
				throw Object.assign(new RangeError("too much"), { code: "E_MUCH" });
			});
		same(thrown(failing), ["RangeError", "E_MUCH"]);
		same(
			thrown(() => runInWorker(() => process.exit(3))),
			["WorkerDiedError", "HOLDFAST_WORKER_DIED"],
		);
		same(thrown(() => withTimeout(50, () => runInWorker(() => new Promise(() => {}))))[0], "TimeoutError");
		same(runSync(() => withTimeout(20_000, () => exec("echo", ["text"]))).stdout, "text\n");
	},
};

/** Checks that make runs of their own. */
const plain = {
	"serveHttp: bodies both ways, streams, large answers": () =>
		served(
			{
				fetch: async (request) => {
					const { pathname } = new URL(request.url);
					if (pathname === "/echo") return new Response(await request.text());
					if (pathname === "/large") return new Response("x".repeat(5_000_000));
					return streamResponse(
						(async function* () {
							yield "one ";
							yield "two";
						})(),
					);
				},
			},
			function* ({ url }) {
				same(yield* textOf(`${url}/echo`, { method: "POST", body: "y".repeat(100_000) }), "y".repeat(100_000));
				same((yield* textOf(`${url}/large`)).length, 5_000_000);
				same(yield* textOf(`${url}/stream`), "one two");
			},
		),

	"serveHttp: an error is answered 500, and reported; a client that goes cancels": () => {
		const reports = [];
		let begun = () => {};
		const begins = new Promise((resolve) => (begun = resolve));
		let cleaned = () => {};
		const cleans = new Promise((resolve) => (cleaned = resolve));
		return run(
			() =>
				withTaskGroup(function* (group) {
					const { url } = yield* group.start((started) =>
						serveHttp({
							port: 0,
							onListening: started,
							fetch: function* (request) {
								if (request.url.endsWith("/fail")) throw new Error("failed");
								try {
									begun();
									return yield* sleepForever();
								} finally {
									cleaned();
								}
							},
						}),
					);
					same((yield* errorOf(() => fetchOk(`${url}/fail`))).status, 500);
					yield* withTaskGroup(function* (clients) {
						clients.spawn(() => fetchOk(`${url}/held`));
						yield* until(begins);
						clients.cancel();
					});
					yield* withTimeout(10_000, () => until(cleans));
					same(reports, ["failed"]);
					group.cancel();
				}),
			{ onReport: ({ error }) => reports.push(error.message) },
		);
	},

	"serveHttp: what is in flight is answered when it ends": () => {
		let begun = () => {};
		const begins = new Promise((resolve) => (begun = resolve));
		return run(function* () {
			let answer;
			yield* withTaskGroup(function* (clients) {
				let ask = () => {};
				const asked = new Promise((resolve) => (ask = resolve));
				clients.spawn(function* () {
					const url = yield* until(asked);
					answer = yield* textOf(url);
				});
				yield* withTaskGroup(function* (group) {
					const { url } = yield* group.start((started) =>
						serveHttp({
							port: 0,
							onListening: started,
							fetch: function* () {
								begun();
								yield* sleep(100);
								return new Response("whole");
							},
						}),
					);
					ask(url);
					yield* until(begins);
					group.cancel();
				});
			});
			same(answer, "whole");
		});
	},

	"serveHttp: heads that are too large, too slow, or nonsense are refused, and counted connections close": () => {
		/** What a connection hears until it is closed. */
		const heard = (port, words) =>
			new Promise((resolve) => {
				let text = "";
				const socket = connectRaw(port, "127.0.0.1");
				socket.on("data", (chunk) => (text += chunk));
				socket.on("error", () => {});
				socket.on("close", () => resolve(text));
				socket.write(words);
			});
		const limits = { maxHeaderSize: 1_000, headersTimeout: 300 };
		return served({ ...limits, fetch: () => new Response() }, function* ({ port, statistics }) {
			const head = "GET / HTTP/1.1\r\nHost: here\r\nX: ";
			const statuses = [];
			for (const words of [`${head}${"y".repeat(5_000)}\r\n\r\n`, "NONSENSE\r\n\r\n", head])
				statuses.push((yield* until(heard(port, words))).slice(9, 12));
			same(statuses, ["431", "400", "408"]);
			while (statistics().connections > 0) yield* sleep(5);
			same([statistics().answered, statistics().active], [0, 0]);
		});
	},

	"serveHttp over TLS": () =>
		served({ tls, fetch: () => new Response("secret") }, function* ({ port }) {
			const { request } = yield* until(import("node:https"));
			const answer = yield* until(
				new Promise((resolve, reject) => {
					request({ host: "localhost", family: 4, port, ca: tls.cert }, (response) => {
						response.toArray().then((chunks) => resolve(Buffer.concat(chunks).toString()), reject);
					})
						.on("error", reject)
						.end();
				}),
			);
			same(answer, "secret");
		}),

	"server-sent events": () =>
		served(
			{
				fetch: () =>
					eventStream(
						(async function* () {
							yield { data: "one" };
							yield { data: "two", event: "second" };
						})(),
					),
			},
			function* ({ url }) {
				const events = readEvents(yield* fetchOk(url))[Symbol.asyncIterator]();
				same((yield* until(events.next())).value.data, "one");
				same((yield* until(events.next())).value.event, "second");
			},
		),

	WebSockets: () =>
		served(
			{
				fetch: () => new Response(),
				webSocket: function* (socket) {
					yield* socket.send(`you said ${yield* socket.receive()}`);
				},
			},
			function* ({ url }) {
				const socket = yield* connectWebSocket(url.replace("http", "ws"));
				yield* socket.send("hello");
				same(yield* socket.receive(), "you said hello");
				yield* socket.close();
			},
		),

	"a process that gets SIGINT ends with all that it has started, within its grace": () =>
		run(function* () {
			const [program, ...words] = JSON.parse(process.env.HOLDFAST_CHILD ?? "[]");
			const file = fileURLToPath(new URL("interrupted.mjs", import.meta.url));
			const child = yield* spawnProcess(program ?? process.execPath, [...words, file], { stdin: "ignore" });
			const pid = Number(yield* child.stdout.readLine());
			process.kill(child.pid, "SIGINT");
			same(yield* child.stdout.readLine(), "cleaned up");
			same((yield* child.wait()).exitCode, 130);
			same(existsSync(`/proc/${pid}`), false);
		}),
};

async function check(id, action) {
	let outcome = { outcome: "passed" };
	let timer;
	const late = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new Error("it was not over after 30 s")), 30_000);
	});
	try {
		await Promise.race([action(), late]);
	} catch (error) {
		outcome = { outcome: "failed", message: String(error.stack ?? error) };
	}
	clearTimeout(timer);
	console.log(JSON.stringify({ id, ...outcome }));
}

for (const [id, body] of Object.entries(checks)) await check(id, () => run(body));
for (const [id, action] of Object.entries(plain)) await check(id, action);
rmSync(folder, { recursive: true });
// Nothing may keep the process alive: what is left open is found by its not ending.
