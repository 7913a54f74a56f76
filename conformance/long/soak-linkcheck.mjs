/**
 * The link checker, interrupted at a random moment, again and again:
 * `node conformance/long/soak-linkcheck.mjs [--seed N] [--runs N] [--ci]`.
 * Once it has begun to check, each run must end with code 130 and a partial report (or with 0 and a whole one, if it was done
 * before the signal came), print no stack trace, and leave no process and no open port behind. Every fourth signal comes at
 * any moment from the very start, when Node itself may not have come to listen. The moments are drawn from the seed; what
 * happens at them is not.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Random, seedOf } from "../fuzz/random.mjs";

const { values: options } = parseArgs({
	options: {
		seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
		runs: { type: "string" },
		ci: { type: "boolean", default: false },
	},
});
const seed = Number(options.seed);
const runs = Number(options.runs ?? (options.ci ? 4 : 60));
const root = fileURLToPath(new URL("../..", import.meta.url));
const command = [join(root, "packages/cli/dist/bin.js"), "run", join(root, "examples/linkcheck/main.ts")];
const folder = mkdtempSync(join(tmpdir(), "holdfast-linkcheck-"));
const whole = /(?:^|\n)6,000 broken, \d+\.\d s\n$/;
const partial = /(?:^|\n)interrupted: the report is partial; \S+ broken, \d+\.\d s\n$/;

const started = performance.now();
const counts = { interrupted: 0, finished: 0, early: 0 };
const ports = new Set();
let slowest = 0;
let wrong = [];
try {
	for (let file = 0; file < 300; file++)
		writeFileSync(
			join(folder, `file-${file}.md`),
			Array.from({ length: 20 }, (_, link) => `[x](${file}-${link}.md)`).join("\n"),
		);
	const full = await check(() => undefined);
	wrong = judge(full, "finished").map((what) => `without a signal: ${what}`);
	for (let run = 0; run < runs && wrong.length === 0; run++) {
		const random = new Random(seedOf(seed, run));
		const fromStart = run % 4 === 3;
		const delay = random.next() * (fromStart ? full.begunAfter + 100 : (full.endedAfter - full.begunAfter) * 0.9);
		const ended = await check(() => ({ fromStart, delay }));
		slowest = Math.max(slowest, ended.endedAfter - ended.signalledAfter || 0);
		const kind = kindOf(ended);
		counts[kind]++;
		wrong = judge(ended, kind).map((what) => `run ${run}, after ${Math.round(delay)} ms: ${what}`);
	}
} finally {
	rmSync(folder, { recursive: true });
}
for (const what of wrong) console.log(what);
console.log(
	`${wrong.length > 0 ? "failed: " : ""}${counts.interrupted} interrupted, ${counts.finished} done before, ${counts.early} before the check began, slowest end ${Math.round(slowest)} ms, ${ports.size} ports seen and closed, seed ${seed}, ${Math.round((performance.now() - started) / 1000)} s`,
);
process.exitCode = wrong.length > 0 ? 1 : 0;

/** One run; `plan` says when to interrupt it. */
async function check(plan) {
	const start = performance.now();
	const since = () => performance.now() - start;
	const child = spawn(process.execPath, [...command, folder], { stdio: ["ignore", "pipe", "pipe"], detached: true });
	const ended = { stdout: "", stderr: "", begunAfter: Number.NaN, signalledAfter: Number.NaN, ports: [], left: [] };
	const interrupt = ({ delay }) =>
		setTimeout(() => {
			ended.ports = portsOf(child.pid);
			ended.signalledAfter = since();
			child.kill("SIGINT");
		}, delay);
	const { fromStart = false, delay } = plan() ?? {};
	let timer = fromStart ? interrupt({ delay }) : undefined;
	child.stdout.setEncoding("utf8").on("data", (chunk) => {
		ended.stdout += chunk;
	});
	child.stderr.setEncoding("utf8").on("data", (chunk) => {
		if (ended.stderr === "") {
			ended.begunAfter = since();
			if (delay !== undefined) timer ??= interrupt({ delay });
		}
		ended.stderr += chunk;
	});
	const late = setTimeout(() => process.kill(-child.pid, "SIGKILL"), 60_000);
	[ended.code, ended.signal] = await once(child, "close");
	clearTimeout(late);
	clearTimeout(timer);
	ended.endedAfter = since();
	if (isAlive(-child.pid)) ended.left.push("a process");
	for (const port of ended.ports) {
		ports.add(port);
		if (await answers(port)) ended.left.push(`port ${port}`);
	}
	return ended;
}

function kindOf({ code, stderr, signalledAfter }) {
	if (code === 0 || Number.isNaN(signalledAfter)) return "finished";
	return stderr.includes("checking: ") ? "interrupted" : "early";
}

/** What is wrong with how it ended. */
function judge({ code, signal, stdout, stderr, left, signalledAfter, endedAfter }, kind) {
	const found = left.map((what) => `${what} was left behind`);
	const ends = signal ?? code;
	const expected = { interrupted: [130], finished: [0], early: [130, "SIGINT"] }[kind];
	if (!expected.includes(ends)) found.push(`ended with ${ends}`);
	if (kind === "interrupted" && !partial.test(stdout)) found.push(`no partial report: ${stdout.slice(-200)}`);
	if (kind === "finished" && !whole.test(stdout)) found.push(`no whole report: ${stdout.slice(-200)}`);
	if (/^\s+at |Error/m.test(stdout + stderr)) found.push(`a stack trace: ${stderr.slice(-500)}`);
	if (endedAfter - signalledAfter > 5000) found.push(`took ${Math.round(endedAfter - signalledAfter)} ms to end`);
	return found;
}

function isAlive(pid) {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

/** The ports that a process listens at; Linux tells. */
function portsOf(pid) {
	try {
		const sockets = new Set();
		for (const fd of readdirSync(`/proc/${pid}/fd`)) {
			const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? [];
			if (inode !== undefined) sockets.add(inode);
		}
		const lines = readFileSync("/proc/net/tcp", "utf8").trim().split("\n").slice(1);
		const fields = lines.map((line) => line.trim().split(/\s+/));
		const listening = fields.filter((field) => field[3] === "0A" && sockets.has(field[9]));
		return listening.map((field) => Number.parseInt(field[1].split(":")[1], 16));
	} catch {
		return []; // Another system, or the process has gone.
	}
}

function answers(port) {
	return new Promise((resolve) => {
		const socket = connect(port, "127.0.0.1");
		socket.once("connect", () => resolve(true) ?? socket.destroy());
		socket.once("error", () => resolve(false));
	});
}
