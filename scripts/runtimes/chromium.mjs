// Runs suites in pages of a headless Chromium, driven by the DevTools protocol over a pipe; pages come from loopback.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildCompiled } from "./bundles.mjs";

const flags = [
	"--headless",
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
	"--disable-dev-shm-usage",
	"--js-flags=--expose-gc",
	"--remote-debugging-pipe",
];
const patience = 120_000;

/** Debian's Chromium, installed if it is missing. */
export function installChromium() {
	const found = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
	if (found !== undefined) return found;
	console.log("installing Chromium (apt-get install chromium) …");
	const apt = (...args) =>
		execFileSync("apt-get", args, {
			stdio: ["ignore", 2, 2],
			env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
		});
	apt("update");
	apt("install", "-y", "--no-install-recommends", "chromium");
	return "/usr/bin/chromium";
}

/** Serves `{ path: { file } | { text, type } }`. */
async function serve(content) {
	const types = { mjs: "text/javascript", json: "application/json", html: "text/html" };
	const server = createServer(({ url }, response) => {
		const path = new URL(url, "http://localhost").pathname;
		const found = content[path];
		if (found === undefined) response.writeHead(path === "/favicon.ico" ? 204 : 404).end();
		else
			response
				.writeHead(200, {
					"content-type": `${types[path.split(".").at(-1)] ?? "text/html"}; charset=utf-8`,
					// A worker gets SharedArrayBuffer, and so may be put to sleep, on pages that are isolated only.
					"cross-origin-opener-policy": "same-origin",
					"cross-origin-embedder-policy": "require-corp",
				})
				.end(found.text ?? readFileSync(found.file));
	});
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

/** A browser with one connection; messages are JSON, each ended by a zero byte. */
async function launch(program) {
	const profile = mkdtempSync(join(tmpdir(), "holdfast-chromium-"));
	const child = spawn(program, [...flags, `--user-data-dir=${profile}`, "about:blank"], {
		stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
	});
	let output = "";
	child.stderr.setEncoding("utf8").on("data", (text) => {
		output = (output + text).slice(-5_000);
	});
	const waiting = new Map();
	const listeners = new Set();
	let ids = 0;
	let received = Buffer.alloc(0);
	child.stdio[4].on("data", (data) => {
		received = Buffer.concat([received, data]);
		for (let end = received.indexOf(0); end >= 0; end = received.indexOf(0)) {
			const message = JSON.parse(received.subarray(0, end).toString());
			received = received.subarray(end + 1);
			if (message.id === undefined) for (const listener of listeners) listener(message);
			else {
				const { resolve, reject } = waiting.get(message.id);
				waiting.delete(message.id);
				if (message.error === undefined) resolve(message.result);
				else reject(new Error(message.error.message));
			}
		}
	});
	const closed = new Promise((resolve) => child.on("close", resolve));
	closed.then(() => {
		for (const { reject } of waiting.values()) reject(new Error(`the browser has ended: ${output}`));
	});
	child.on("error", (error) => {
		for (const { reject } of waiting.values()) reject(error);
	});
	child.stdio[3].on("error", () => {});
	return {
		listeners,
		send(method, params = {}, sessionId) {
			const id = ++ids;
			return new Promise((resolve, reject) => {
				const timer = setTimeout(() => reject(new Error(`no answer within ${patience} ms to ${method}`)), patience);
				const settle = (fn) => (value) => {
					clearTimeout(timer);
					fn(value);
				};
				waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
				child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
			});
		},
		async stop() {
			await Promise.race([
				this.send("Browser.close").catch(() => {}),
				new Promise((resolve) => setTimeout(resolve, 2_000)),
			]);
			child.kill("SIGKILL");
			await closed;
			rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
		},
	};
}

/** Opens a page of its own and calls `body({ evaluate, events })`; `events` are what reached console, log and debugger. */
async function withPage(browser, url, body) {
	const { targetId } = await browser.send("Target.createTarget", { url: "about:blank" });
	const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: true });
	const events = [];
	let loaded;
	const loading = new Promise((resolve) => {
		loaded = resolve;
	});
	const listener = ({ method, params, sessionId: from }) => {
		if (from !== sessionId) return;
		if (["Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"].includes(method))
			events.push({ method, params });
		if (method === "Page.loadEventFired") loaded();
	};
	browser.listeners.add(listener);
	const send = (method, params) => browser.send(method, params, sessionId);
	try {
		for (const domain of ["Runtime", "Log", "Page"]) await send(`${domain}.enable`);
		await send("Page.navigate", { url });
		await loading;
		const evaluate = async (expression) => {
			const { result, exceptionDetails } = await send("Runtime.evaluate", {
				expression,
				awaitPromise: true,
				returnByValue: true,
			});
			if (exceptionDetails !== undefined)
				throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
			return result.value;
		};
		return await body({ evaluate, events });
	} finally {
		browser.listeners.delete(listener);
		await browser.send("Target.closeTarget", { targetId });
	}
}

const loading = `
	const programs = await fetch("/programs.json");
	globalThis.holdfastPrograms = { transforms: (await programs.json()).transforms };
	const { suite } = await import("/suite.mjs");`;

/** The suite in the page itself: `holdfastRun(index)` gives a result, `holdfastSuite` what there is to run. */
const page = `<!doctype html><title>suite</title><script type="module">
	globalThis.holdfastSuite = (async () => { ${loading}
		globalThis.holdfastRun = (index) => suite.run(index);
		return { ids: suite.ids, broken: suite.broken };
	})();
</script>`;

/** The suite in a dedicated worker, which may be put to sleep. */
const workerPage = `<!doctype html><title>suite</title><script type="module">
	const worker = new Worker("/worker.mjs", { type: "module" });
	const answers = [];
	worker.onmessage = ({ data }) => answers.shift().resolve(data);
	worker.onerror = ({ message }) => answers.shift()?.reject(new Error(message));
	globalThis.holdfastRun = (index) => new Promise((resolve, reject) => {
		answers.push({ resolve, reject });
		worker.postMessage(index);
	});
	globalThis.holdfastSuite = holdfastRun(-1);
</script>`;

const worker = `
	const suite = (async () => { ${loading} return suite; })();
	onmessage = async ({ data }) => {
		const { ids, broken } = await suite;
		postMessage(data < 0 ? { ids, broken } : await (await suite).run(data));
	};`;

/** Gives `{ ids, broken, results }`. */
export async function runOnChromium(program, bundle, programs, only, options) {
	const server = await serve({
		"/": { text: options.worker ? workerPage : page },
		"/worker.mjs": { text: worker },
		"/suite.mjs": { file: bundle },
		"/programs.json": { file: programs },
	});
	const browser = await launch(program);
	try {
		return await withPage(browser, `${server.url}/`, async ({ evaluate }) => {
			const { ids, broken } = await evaluate(once("holdfastSuite"));
			const results = [];
			for (const [index, id] of ids.entries()) {
				if (only !== undefined && !id.includes(only)) continue;
				const started = performance.now();
				try {
					const result = await evaluate(`holdfastRun(${index})`);
					results.push({ ...result, milliseconds: Math.round(performance.now() - started) });
				} catch (error) {
					results.push({ id, outcome: "failed", message: error.message });
				}
			}
			return { ids, broken, results };
		});
	} finally {
		await browser.stop();
		server.stop();
	}
}

/** Waits for a global that a module of the page sets, and then for what it holds. */
const once = (name) =>
	`(async () => { while (!globalThis.${name}) await new Promise((go) => setTimeout(go, 5)); return await ${name}; })()`;

/** What the page's listeners hear of each program of `portable/page.ts`, and the console of all of them. */
const expected = {
	unobserved: { outcome: "threw Error: unobserved", heard: ["before: Error: unobserved"] },
	derived: { outcome: "threw Error: derived", heard: ["before: Error: derived"] },
	observed: { outcome: "gave undefined" },
	"observed by foreign code in the same turn": { outcome: "gave undefined" },
	cancelled: {
		outcome: "gave undefined",
		heard: [
			"before: TaskCancelledError: The task forever was cancelled: The scope was cancelled: its deadline has passed.",
		],
	},
	"failed in a group": { outcome: "threw Error: grouped" },
	"rejected after its wait was cancelled": {
		outcome: "gave undefined",
		reports: ["late-rejection: Error: late"],
	},
	foreign: { outcome: "gave undefined", heard: ["before: Error: nobody's", "after: Error: nobody's"] },
};

/** Failures that an owner has taken reach neither console nor later listeners; gives `{ ids, broken, results }`. */
export async function checkPage(program) {
	const server = await serve({
		"/": { text: '<!doctype html><title>page</title><script type="module" src="/page.mjs"></script>' },
		"/page.mjs": { file: await buildCompiled("page", { browser: true }) },
	});
	const browser = await launch(program);
	try {
		return await withPage(browser, `${server.url}/`, async ({ evaluate, events }) => {
			const found = await evaluate(once("pageResult"));
			const results = Object.entries(expected).map(([name, { outcome, reports = [], heard = [] }]) => {
				const [left, right] = [{ outcome, reports, heard }, found[name]].map((it) => JSON.stringify(it));
				const id = `what a page hears of a task that is ${name}`;
				if (left === right) return { id, outcome: "passed" };
				return { id, outcome: "failed", message: `expected ${left}\ngot ${right}` };
			});
			const printed = events.map(({ method, params }) => {
				const { exceptionDetails, entry, args } = params;
				const text = exceptionDetails?.exception?.description ?? entry?.text ?? args?.map((it) => it.value).join(" ");
				return `${method}: ${text?.split("\n")[0]}`;
			});
			const id = "nothing is printed to the console but the rejection that was nobody's";
			if (printed.length === 1 && printed[0] === "Runtime.exceptionThrown: Error: nobody's")
				results.push({ id, outcome: "passed" });
			else results.push({ id, outcome: "failed", message: printed.join("\n") || "nothing was printed" });
			return { ids: results.map((it) => it.id), broken: [], results };
		});
	} finally {
		await browser.stop();
		server.stop();
	}
}
