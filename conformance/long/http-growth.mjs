/**
 * A million requests leave nothing behind: `node conformance/long/http-growth.mjs [--requests N] [--ci]`. A server answers
 * them over 50 connections that are kept, every tenth an upload; its heap after a collection, and its handles, must be at the end
 * what they were after the first tenth. `--ci` makes 30,000:
 * there a request that leaves 110 bytes is noticed.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
	options: { requests: { type: "string" }, ci: { type: "boolean", default: false } },
});
const requests = Number(options.requests ?? (options.ci ? 30_000 : 1_000_000));
/** What a heap may differ by from itself, in bytes: compiled code, caches of the engine. */
const LEEWAY = 3_000_000;

const server = fork(fileURLToPath(new URL("http/growth-server.mjs", import.meta.url)), {
	execArgv: ["--expose-gc"],
});
const started = performance.now();
const [port] = await once(server, "message");
const agent = new Agent({ keepAlive: true, maxSockets: 50 });
await ask(requests / 10);
const before = await look();
await ask((requests * 9) / 10);
const after = await look();
agent.destroy();
server.kill("SIGKILL");

const grown = after.heapUsed - before.heapUsed;
const failed = grown > LEEWAY || after.handles > before.handles || after.timers > before.timers + 5;
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
console.log(
	`${failed ? "failed: " : ""}${requests} requests: heap ${megabytes(before.heapUsed)} after a tenth, ${megabytes(after.heapUsed)} at the end; handles ${before.handles} and ${after.handles}, timers ${before.timers} and ${after.timers}; ${Math.round((performance.now() - started) / 1000)} s`,
);
process.exitCode = failed ? 1 : 0;

async function ask(count) {
	let left = count;
	const client = async () => {
		while (left > 0) {
			left--;
			await exchange(left % 10 === 0 ? "an upload" : undefined);
		}
	};
	await Promise.all(Array.from({ length: 50 }, client));
}

function exchange(body) {
	return new Promise((resolve, reject) => {
		const method = body === undefined ? "GET" : "POST";
		request({ agent, port, host: "127.0.0.1", method, path: `/${Math.random()}` }, (response) => {
			if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
			response.resume().once("end", resolve);
		})
			.once("error", reject)
			.end(body);
	});
}

async function look() {
	server.send("look");
	const [memory] = await once(server, "message");
	return memory;
}
