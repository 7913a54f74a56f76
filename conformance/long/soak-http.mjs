/**
 * An HTTP server under load gets SIGTERM, again and again: `node conformance/long/soak-http.mjs [--seed N] [--runs N]
 * [--clients N] [--ci]`. 200 clients ask without pause, on connections that are kept: short answers, slow ones, large ones,
 * streams, uploads. At a random moment comes the signal. Then every request that was sent must have had its whole answer, or
 * its connection must have ended before any byte of it; the process must end within the grace, with code 143, and leave no
 * socket. In every third run some answers take longer than the grace: those may be answered 503 or broken off, and the server
 * must have counted as many as the clients have seen. Every fourth run is over TLS.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { connect as connectSecurely } from "node:tls";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Random, seedOf } from "../fuzz/random.mjs";

const { values: options } = parseArgs({
	options: {
		seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
		runs: { type: "string" },
		clients: { type: "string", default: "200" },
		ci: { type: "boolean", default: false },
	},
});
const seed = Number(options.seed);
const runs = Number(options.runs ?? (options.ci ? 5 : 50));
const GRACE = 5_000;
const root = fileURLToPath(new URL("../..", import.meta.url));
const command = [join(root, "packages/cli/dist/bin.js"), "run", join(root, "conformance/long/http/server.ts")];

const totals = { whole: 0, none: 0, refused: 0, partial: 0 };
const started = performance.now();
let slowest = 0;
let wrong = [];
for (let run = 0; run < runs && wrong.length === 0; run++) {
	const secure = run % 4 === 3;
	wrong = (await check(new Random(seedOf(seed, run)), run % 3 === 2, secure)).map(
		(what) => `run ${run}${secure ? " (TLS)" : ""}: ${what}`,
	);
}
for (const what of wrong) console.log(what);
console.log(
	`${wrong.length > 0 ? "failed: " : ""}${runs} shutdowns under ${options.clients} clients: ${totals.whole} whole answers, ${totals.none} connections ended before any byte, ${totals.refused} times 503, ${totals.partial} cut because they took longer than the grace; slowest end ${Math.round(slowest)} ms, seed ${seed}, ${Math.round((performance.now() - started) / 1000)} s`,
);
process.exitCode = wrong.length > 0 ? 1 : 0;

async function check(random, withLong, secure) {
	const child = spawn(process.execPath, [...command, ...(secure ? ["--tls"] : [])], {
		stdio: ["ignore", "pipe", "pipe"],
		detached: true,
	});
	let stdout = "";
	let stderr = "";
	child.stderr.setEncoding("utf8").on("data", (text) => {
		stderr += text;
	});
	child.stdout.setEncoding("utf8").on("data", (text) => {
		stdout += text;
	});
	const closed = once(child, "close");
	await Promise.race([once(child.stdout, "data"), closed]);
	const port = Number(stdout);
	if (!Number.isInteger(port) || port === 0) return [`no port: ${stdout}${stderr}`];
	const outcomes = [];
	const clients = Array.from({ length: Number(options.clients) }, (_, index) =>
		client(port, secure, () => requestOf(random, withLong && index % 20 === 0), outcomes),
	);
	await new Promise((resolve) => setTimeout(resolve, 200 + random.next() * 600));
	const signalled = performance.now();
	child.kill("SIGTERM");
	const late = setTimeout(() => process.kill(-child.pid, "SIGKILL"), GRACE + 10_000);
	const [code, signal] = await closed;
	const took = performance.now() - signalled;
	slowest = Math.max(slowest, took);
	clearTimeout(late);
	await Promise.all(clients);
	const end = { code: signal ?? code, took, outcomes, stdout, stderr };
	return judge({ ...end, withLong, secure, open: await answers(port) });
}

/** A request and how its answer is known to be whole. */
function requestOf(random, isLong) {
	const delay = Math.floor(random.next() * 150);
	const kinds = ["/fast", `/slow?delay=${delay}`, `/stream?delay=${delay}`, "/large", "/echo"];
	const path = isLong ? `/${random.next() < 0.5 ? "slow" : "stream"}?delay=60000` : random.pick(kinds);
	const body = path === "/echo" ? "y".repeat(1 + random.below(100_000)) : "";
	const method = body === "" ? "GET" : "POST";
	return {
		isLong,
		bytes: `${method} ${path} HTTP/1.1\r\nHost: here\r\n${body === "" ? "" : `Content-Length: ${body.length}\r\n`}\r\n${body}`,
	};
}

/** Asks one thing after the other, until a connection cannot be had any more. */
async function client(port, secure, next, outcomes) {
	for (;;) {
		const socket = secure
			? connectSecurely({ port, host: "127.0.0.1", rejectUnauthorized: false })
			: connect(port, "127.0.0.1");
		socket.setEncoding("latin1").on("error", () => {});
		const connected = await new Promise((resolve) => {
			socket.once(secure ? "secureConnect" : "connect", () => resolve(true));
			socket.once("close", () => resolve(false));
		});
		if (!connected) return;
		for (let open = true; open; ) {
			const { bytes, isLong } = next();
			const outcome = await exchange(socket, bytes);
			outcomes.push({ ...outcome, isLong });
			open = outcome.keeps;
		}
		socket.destroy();
	}
}

/** One request on a connection: what has become of it. */
function exchange(socket, bytes) {
	return new Promise((resolve) => {
		let heard = "";
		const finish = (outcome) => {
			socket.off("data", hear);
			socket.off("close", gone);
			resolve(outcome);
		};
		const gone = () => finish({ kind: heard === "" ? "none" : "partial", heard: heard.slice(0, 300), keeps: false });
		const hear = (text) => {
			heard += text;
			const whole = wholeAnswer(heard);
			if (whole === undefined) return;
			const kind = whole.status === 200 ? "whole" : whole.status === 503 ? "refused" : `status ${whole.status}`;
			finish({ kind, keeps: !whole.closes });
		};
		socket.on("data", hear);
		socket.once("close", gone);
		if (socket.destroyed) gone();
		else socket.write(bytes);
	});
}

function wholeAnswer(heard) {
	const end = heard.indexOf("\r\n\r\n");
	if (end < 0) return undefined;
	const head = heard.slice(0, end).toLowerCase();
	const length = /content-length: (\d+)/.exec(head)?.[1];
	const isWhole = length === undefined ? heard.endsWith("\r\n0\r\n\r\n") : heard.length >= end + 4 + Number(length);
	if (!isWhole) return undefined;
	return { status: Number(head.slice(9, 12)), closes: /connection: close/.test(head) };
}

/** What is wrong with how it ended. */
function judge({ code, took, outcomes, stdout, stderr, withLong, secure, open }) {
	const found = [];
	const counts = { whole: 0, none: 0, refused: 0, partial: 0 };
	for (const { kind, isLong, heard } of outcomes) {
		if (kind in counts) counts[kind]++;
		else found.push(`an answer with ${kind}`);
		if (!isLong && (kind === "partial" || kind === "refused"))
			found.push(`an answer that was in time is ${kind}: ${JSON.stringify(heard)}`);
	}
	for (const kind of Object.keys(counts)) totals[kind] += counts[kind];
	if (code !== 143) found.push(`ended with ${code}: ${stderr.slice(-500)}`);
	if (took > GRACE + 500) found.push(`took ${Math.round(took)} ms to end`);
	// The handshakes of 200 clients are work for seconds, on a small machine.
	if (!withLong && !secure && took > 2_500) found.push(`took ${Math.round(took)} ms to end, with nothing to wait for`);
	if (open) found.push("its port still answers");
	if (/^\s+at |Error/m.test(stderr)) found.push(`a stack trace: ${stderr.slice(-500)}`);
	const last = stdout.trim().split("\n").at(-1);
	const statistics = last?.startsWith("{") ? JSON.parse(last) : undefined;
	if (statistics === undefined) found.push(`no statistics: ${stdout}`);
	else {
		if (statistics.cut !== counts.partial) found.push(`${counts.partial} answers were cut, ${statistics.cut} counted`);
		if (statistics.refused !== counts.refused)
			found.push(`${counts.refused} requests were refused, ${statistics.refused} counted`);
		if (statistics.connections !== 0) found.push(`${statistics.connections} connections were left`);
	}
	if (outcomes.length < Number(options.clients)) found.push(`only ${outcomes.length} requests were made`);
	return found.slice(0, 10);
}

function answers(port) {
	return new Promise((resolve) => {
		const socket = connect(port, "127.0.0.1");
		socket.once("connect", () => resolve(true) ?? socket.destroy());
		socket.once("error", () => resolve(false));
	});
}
