// A headless Chromium, driven by the DevTools protocol over a pipe, and a server of pages on loopback.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installPackage } from "../debian.mjs";

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
	return installPackage("chromium", ["chromium", "chromium-browser", "google-chrome"]);
}

/** Serves `{ path: { file } | { text, type } }`. */
export async function serve(content) {
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
export async function launch(program) {
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

/**
 * Opens a page of its own and calls `body({ evaluate, send, events })`; `events` are what reached console, log and debugger.
 * `send` takes methods of the protocol.
 */
export async function withPage(browser, url, body) {
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
		return await body({ evaluate, send, events });
	} finally {
		browser.listeners.delete(listener);
		await browser.send("Target.closeTarget", { targetId });
	}
}
