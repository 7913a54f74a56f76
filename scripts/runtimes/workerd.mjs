// Runs a suite on workerd, each test in a request of its own, as a Worker's code runs. Nothing but HTTP on loopback.
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { buildCompiled, dist } from "./bundles.mjs";

const patience = 120_000;
const mostCrashes = 10;
/** The command itself: npm's wrapper would not pass on its descriptors. */
export const workerdOf = (directory) => join(directory, "bin/workerd");

const date = "2025-06-01";

const main = `
import "./programs.mjs";
import { suite } from "./suite.mjs";

export default {
	async fetch(request) {
		const { pathname } = new URL(request.url);
		if (pathname === "/suite") return Response.json({ ids: suite.ids, broken: suite.broken });
		return Response.json(await suite.run(Number(pathname.slice(1))));
	},
};
`;

/** `modules` are the Worker's, the first one its entry. Gives `{ url, stop, ended, output }`. */
export async function startWorkerd(program, name, modules, { flags = [] } = {}) {
	const directory = join(dist, "workerd", name);
	rmSync(directory, { recursive: true, force: true });
	mkdirSync(directory, { recursive: true });
	for (const { name, file, text } of modules)
		if (file === undefined) writeFileSync(join(directory, name), text);
		else copyFileSync(file, join(directory, name));
	const listed = modules.map(({ name }) => `(name = "${name}", esModule = embed "${name}")`);
	writeFileSync(
		join(directory, "config.capnp"),
		`using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
	services = [
		(name = "main", worker = .worker),
		(name = "internet", network = (allow = ["private", "public"])),
	],
	sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
	v8Flags = ["--expose-gc"]
);
const worker :Workerd.Worker = (
	modules = [${listed.join(", ")}],
	compatibilityDate = "${date}",
	compatibilityFlags = [${flags.map((flag) => `"${flag}"`).join(", ")}]
);
`,
	);
	const child = spawn(program, ["serve", "--control-fd=3", join(directory, "config.capnp")], {
		stdio: ["ignore", "pipe", "pipe", "pipe"],
	});
	const server = { output: "", ended: false };
	const keep = (text) => {
		server.output = (server.output + text).slice(-20_000);
	};
	child.stdout.setEncoding("utf8").on("data", keep);
	child.stderr.setEncoding("utf8").on("data", keep);
	const closed = new Promise((resolve) =>
		child.on("close", () => {
			server.ended = true;
			resolve();
		}),
	);
	server.stop = async () => {
		child.kill("SIGKILL");
		await closed;
	};
	const port = await new Promise((resolve) => {
		createInterface({ input: child.stdio[3] }).on("line", (line) => {
			const { event, port } = JSON.parse(line);
			if (event === "listen") resolve(port);
		});
		child.on("error", (error) => keep(error.message));
		closed.then(() => resolve(undefined));
	});
	if (port === undefined) throw new Error(`workerd did not start: ${server.output}`);
	server.url = `http://127.0.0.1:${port}`;
	return server;
}

/** Gives `{ ids, broken, results }`. */
export async function runOnWorkerd({ program, compatibilityFlags }, name, bundle, programs, only) {
	const modules = [
		{ name: "main.mjs", text: main },
		{ name: "programs.mjs", text: programs },
		{ name: "suite.mjs", file: bundle },
	];
	const start = () => startWorkerd(program, name, modules, { flags: compatibilityFlags });
	let server = await start();
	const results = [];
	try {
		const { ids, broken } = await answer(server, "/suite");
		let crashes = 0;
		for (const [index, id] of ids.entries()) {
			if (only !== undefined && !id.includes(only)) continue;
			const started = performance.now();
			server.output = "";
			try {
				const result = await answer(server, `/${index}`);
				results.push({ ...result, milliseconds: Math.round(performance.now() - started) });
			} catch (error) {
				results.push({ id, outcome: "failed", message: `${error.message}\n${server.output.slice(-3_000)}` });
				if (!server.ended) continue;
				if (++crashes > mostCrashes) break;
				server = await start();
			}
		}
		return { ids, broken, results };
	} finally {
		await server.stop();
	}
}

async function answer({ url }, path) {
	const response = await fetch(url + path, { signal: AbortSignal.timeout(patience) });
	const text = await response.text();
	if (response.status !== 200) throw new Error(`the request was answered with ${response.status}: ${text}`);
	return JSON.parse(text);
}

/** A server whose `/gate/<name>` is answered when the gate is opened. */
async function gatekeeper() {
	const held = new Map();
	const arrivals = new Map();
	const once = (map, name) => {
		if (!map.has(name)) {
			let resolve;
			const promise = new Promise((it) => {
				resolve = it;
			});
			map.set(name, { promise, resolve });
		}
		return map.get(name);
	};
	const server = createServer(async ({ url }, response) => {
		const name = new URL(url, "http://localhost").pathname.slice("/gate/".length);
		once(arrivals, name).resolve();
		await once(held, name).promise;
		response.end(name);
	});
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		url: `http://127.0.0.1:${server.address().port}`,
		/** Resolves when a request waits at the gate. */
		arrived: (name) => once(arrivals, name).promise,
		open: (name) => once(held, name).resolve(),
		close() {
			server.closeAllConnections();
			server.close();
		},
	};
}

/** Requests side by side in one isolate; gives `{ ids, broken, results }`. */
export async function checkRequests(runtime, name) {
	const modules = [{ name: "main.mjs", file: await buildCompiled("requests") }];
	const server = await startWorkerd(runtime.program, `${name}-requests`, modules, {
		flags: runtime.compatibilityFlags,
	});
	const gates = await gatekeeper();
	const results = [];
	const ask = (...words) => {
		const answered = exchange(...words);
		// It may be rejected before anybody awaits it.
		answered.catch(() => {});
		return answered;
	};
	const exchange = async (program, visitor, { body, signal, whole = false } = {}) => {
		const words = new URLSearchParams({ name: visitor, gates: gates.url, ...(whole && { whole: "yes" }) });
		const url = `${server.url}/${program}?${words}`;
		const limit = AbortSignal.timeout(30_000);
		const both = signal === undefined ? limit : AbortSignal.any([limit, signal]);
		const response = await fetch(url, { method: "POST", body: body ?? "", signal: both });
		const text = await response.text();
		if (response.status !== 200) throw new Error(`${program} was answered with ${response.status}: ${text}`);
		return JSON.parse(text);
	};
	const check = async (id, action) => {
		server.output = "";
		try {
			await action();
			// A Worker that does something on behalf of another request is told so on standard error.
			if (server.output.trim() !== "") throw new Error("workerd has printed something");
			results.push({ id, outcome: "passed" });
		} catch (error) {
			results.push({ id, outcome: "failed", message: `${error.stack}\n${server.output}` });
		}
	};
	const same = (actual, expected) => {
		const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
		if (left !== right) throw new Error(`expected ${right}, got ${left}`);
	};
	const fine = (value) => ({ value, reports: [] });
	try {
		await check("two runs in two requests take turns, and each keeps its context", async () => {
			const [a, b] = [ask("context", "a"), ask("context", "b")];
			for (const round of [0, 1, 2])
				for (const visitor of round % 2 === 0 ? ["a", "b"] : ["b", "a"]) {
					await Promise.all([gates.arrived(`a-${round}`), gates.arrived(`b-${round}`)]);
					gates.open(`${visitor}-${round}`);
				}
			same(await a, fine(["a", "a", "a"]));
			same(await b, fine(["b", "b", "b"]));
		});
		await check("a timer that rings in one request does not wake the other", async () => {
			const b = ask("waits", "timer-b");
			await gates.arrived("timer-b");
			same(await ask("timeout", "timer-a"), fine("TimeoutError"));
			gates.open("timer-b");
			same(await b, fine("timer-b"));
		});
		await check("cancelling the tasks of one request leaves the other alone", async () => {
			const b = ask("waits", "cancel-b");
			await gates.arrived("cancel-b");
			same(await ask("cancelled", "cancel-a"), fine("cancelled"));
			gates.open("cancel-b");
			same(await b, fine("cancel-b"));
		});
		await check("a failure that nobody observes fails the run of its own request only", async () => {
			const b = ask("waits", "fail-b");
			await gates.arrived("fail-b");
			same(await ask("fails", "fail-a"), { error: "Error: nobody observes this", reports: [] });
			gates.open("fail-b");
			same(await b, fine("fail-b"));
		});
		await check(
			"a task that another request wakes goes on in its own request, with its body, timers and fetch",
			async () => {
				const b = ask("receiver", "receiver-b", { body: "the body of b" });
				while (!(await ask("log", "")).includes("receiver-b waits"));
				same(await ask("sender", "sender-a"), fine("sent"));
				gates.open("receiver-b");
				same(await b, fine("the body of b receiver-b a letter of sender-a"));
			},
		);
		await check(
			"a request whose client leaves ends with its tasks; the others and later ones are as before",
			async () => {
				const b = ask("waits", "left-b");
				const controller = new AbortController();
				const a = ask("left", "left-a", { signal: controller.signal }).catch(({ name }) => name);
				await Promise.all(["left-b", "left-a", "left-a-background"].map(gates.arrived));
				controller.abort();
				same(await a, "AbortError");
				gates.open("left-b");
				same(await b, fine("left-b"));
				same(await ask("timeout", "left-c"), fine("TimeoutError"));
			},
		);
		await check("with waitUntil it goes on to its end although the client leaves", async () => {
			const controller = new AbortController();
			const a = ask("left", "whole-a", { signal: controller.signal, whole: true }).catch(({ name }) => name);
			await Promise.all(["whole-a", "whole-a-background"].map(gates.arrived));
			controller.abort();
			same(await a, "AbortError");
			gates.open("whole-a-background");
			const end = Date.now() + 20_000;
			while (!(await ask("log", "")).includes("whole-a ended its background task"))
				if (Date.now() > end) throw new Error("it did not go on");
		});
		await check("a loop of checkpoints gives the host its turn, though the clock stands still", async () => {
			same(await ask("busy", "busy-a"), fine("busy-a 1"));
		});
		await check("a deadline ends a loop of checkpoints", async () => {
			same(await ask("deadline", "deadline-a"), fine("deadline-a left its loop"));
		});
		await check("a shielded wait of one request outlasts its deadline while the other one's ends", async () => {
			const a = ask("shielded", "shield-a");
			await gates.arrived("shield-a");
			same(await ask("timeout", "shield-b"), fine("TimeoutError"));
			gates.open("shield-a");
			const { value } = await a;
			if (value !== "shield-a" && value !== null) throw new Error(`shielded gave ${value}`);
		});
		return { ids: results.map(({ id }) => id), broken: [], results };
	} finally {
		gates.close();
		await server.stop();
	}
}
