/**
 * HTTP servers under `wrk` (a package of most systems): `node bench/http.mjs [--program hello] [--connections 50] [--rounds 9]
 * [--seconds 2] [--contestants a,b]`. Every contestant is a process of its own on this Node; they take turns, so that a busy
 * machine is busy for all of them. The figure is the median of its rounds, in requests per second, and in microseconds of
 * processor time per request (on Linux), which others on the machine disturb less; the ratios are the medians of each round's
 * ratio to the first contestant's in that round. A contestant that answered anything but 2xx is an error.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { median, spread } from "./harness.mjs";

const faces = {
	raw: ["node:http", "holdfast handle"],
	web: ["srvx", "@hono/node-server", "holdfast fetch"],
	global: ["srvx, global Response", "@hono/node-server, global Response", "holdfast fetch, global Response"],
};
const { values } = parseArgs({
	options: {
		program: { type: "string", default: "hello" },
		connections: { type: "string", default: "50" },
		rounds: { type: "string", default: "9" },
		seconds: { type: "string", default: "2" },
		face: { type: "string", default: "raw,web,global" },
		contestants: { type: "string" },
	},
});
const script = join(tmpdir(), `holdfast-wrk-${process.pid}.lua`);
writeFileSync(
	script,
	values.program === "echo"
		? 'wrk.method = "POST"\nwrk.body = \'{"name":"Ada","tags":["a","b","c"],"n":1}\'\nwrk.headers["content-type"] = "application/json"\n'
		: "",
);
const program = fileURLToPath(new URL("programs/http.mjs", import.meta.url));

for (const names of values.contestants?.split(";") ?? values.face.split(",").map((face) => faces[face].join("|"))) {
	const servers = [];
	for (const name of names.split("|")) servers.push(await start(name));
	for (const server of servers) measure(server, 1);
	for (const server of servers) server.samples.length = server.costs.length = 0;
	for (let round = 0; round < Number(values.rounds); round++)
		for (let turn = 0; turn < servers.length; turn++)
			measure(servers[(turn + round) % servers.length], Number(values.seconds));
	const [first] = servers;
	console.log(`${values.program}, ${values.connections} connections, ${process.version}`);
	for (const { name, samples, costs, child } of servers) {
		const ratio = median(samples.map((sample, round) => sample / first.samples[round]));
		const saving = median(costs.map((cost, round) => first.costs[round] / cost));
		const cost = `${median(costs).toFixed(1)} us ±${(100 * spread(costs)).toFixed(0)} %`;
		const figure = `${Math.round(median(samples)).toLocaleString("en")}/s ±${(100 * spread(samples)).toFixed(0)} %`;
		console.log(
			`  ${name.padEnd(36)} ${figure.padStart(16)}  x${ratio.toFixed(2)} ${cost.padStart(16)}  x${saving.toFixed(2)}`,
		);
		child.kill("SIGKILL");
	}
}

async function start(name) {
	const child = spawn(process.execPath, ["--conditions=production", program, name, values.program], {
		env: { ...process.env, NODE_ENV: "production" },
		stdio: ["ignore", "pipe", "inherit"],
	});
	const [port] = await once(child.stdout, "data");
	return { name, child, port: Number(port), samples: [], costs: [] };
}

/** In microseconds, of the process and all its threads; `NaN` where there is no `/proc`. */
function processorTime({ pid }) {
	try {
		const [user, system] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ").slice(11, 13);
		return (Number(user) + Number(system)) * 10_000;
	} catch {
		return Number.NaN;
	}
}

function measure({ name, child, port, samples, costs }, seconds) {
	const url = `http://127.0.0.1:${port}/path?query=1`;
	const args = ["-t1", `-c${values.connections}`, `-d${seconds}s`, "-s", script, url];
	const before = processorTime(child);
	const text = execFileSync("wrk", args, { encoding: "utf8" });
	costs.push((processorTime(child) - before) / Number(/(\d+) requests in/.exec(text)[1]));
	if (/Non-2xx|Socket errors: connect [1-9]/.test(text)) throw new Error(`${name}: ${text}`);
	samples.push(Number(/Requests\/sec:\s+([\d.]+)/.exec(text)[1]));
}
