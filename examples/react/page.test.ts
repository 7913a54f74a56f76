// The page in Chromium, against a server that answers when the test says so.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Browser, installChromium, launch, type Page, withPage } from "../../scripts/runtimes/browser.mjs";
import { createApi } from "./api.ts";

const root = fileURLToPath(new URL(".", import.meta.url));
const types: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };
let dist: string;
let browser: Browser;

beforeAll(async () => {
	dist = mkdtempSync(join(tmpdir(), "holdfast-react-"));
	// The test runner's own value would give React's development build, which mounts everything twice.
	process.env.NODE_ENV = "production";
	const configFile = join(root, "vite.config.ts");
	await build({ root, configFile, logLevel: "warn", build: { outDir: dist, emptyOutDir: true } });
	browser = await launch(installChromium());
});
afterAll(async () => {
	await browser.stop();
	rmSync(dist, { recursive: true, force: true });
});

/** Opens the page, with an API whose requests stay open until they are released. */
async function withServer(body: (page: Page, api: HeldApi) => Promise<void>): Promise<void> {
	const waiting: (() => void)[] = [];
	const api = createApi(() => new Promise((resolve) => waiting.push(resolve)));
	const server: Server = createServer((request, response) => {
		api.handle(request, response, () => {
			const { pathname } = new URL(request.url ?? "/", "http://localhost");
			const file = join(dist, pathname === "/" ? "index.html" : pathname);
			if (!existsSync(file)) response.writeHead(404).end();
			else response.writeHead(200, { "content-type": types[extname(file)] ?? "" }).end(readFileSync(file));
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as AddressInfo;
	const states = (): string[] => api.log.map(({ path, state }) => `${path} ${state}`);
	const held: HeldApi = {
		states,
		release: () => {
			for (const go of waiting.splice(0)) go();
		},
		until: (test) =>
			new Promise((resolve) => {
				const listener = (): void => {
					if (!test(states())) return;
					api.listeners.delete(listener);
					resolve();
				};
				api.listeners.add(listener);
				listener();
			}),
	};
	try {
		await withPage(browser, `http://127.0.0.1:${port}/`, async (page) => {
			await body(page, held);
			expect(page.events).toEqual([]);
		});
	} finally {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	}
}

interface HeldApi {
	/** What the server has seen of each request. */
	states(): string[];
	/** Answers what has been asked. */
	release(): void;
	/** Ends when the server has seen what `test` looks for. */
	until(test: (states: string[]) => boolean): Promise<void>;
}

const count = (states: string[], state: string): number => states.filter((text) => text.endsWith(state)).length;
const click = (page: Page, selector: string): Promise<unknown> =>
	page.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
/** Ends when an expression is true; the page looks after each change of its document. */
const shows = (page: Page, expression: string): Promise<unknown> =>
	page.evaluate(`new Promise((resolve) => {
		const look = () => (${expression}) && (observer.disconnect(), resolve());
		const observer = new MutationObserver(look);
		observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
		look();
	})`);
/** The names of all tasks that are running in the page. */
const running = async (page: Page): Promise<string[]> =>
	[...String(await page.evaluate("dumpTasks()")).matchAll(/^ *(\w+): /gm)].map(([, name]) => name ?? "");

test("what a component has asked for is aborted when it leaves, and nothing of it is left running", async () => {
	await withServer(async (page, api) => {
		await shows(page, "document.querySelector('button.Mars')");
		const before = await running(page);
		await click(page, "button.Mars");
		await api.until((states) => count(states, "open") === 3);
		expect((await running(page)).filter((name) => name === "load")).toHaveLength(3);
		await click(page, "button.close");
		await api.until((states) => count(states, "aborted") === 3);
		expect(api.states()).toEqual(["Mars/orbit aborted", "Mars/weather aborted", "Mars/moons aborted"]);
		await shows(page, "document.querySelector('.panel.empty')");
		expect(await running(page)).toEqual(before);
	});
});

test("another planet takes the place of the first: its answers are shown, the others' never", async () => {
	await withServer(async (page, api) => {
		await shows(page, "document.querySelector('button.Mars')");
		await click(page, "button.Mars");
		await api.until((states) => count(states, "open") === 3);
		await click(page, "button.Saturn");
		await api.until((states) => count(states, "aborted") === 3 && count(states, "open") === 3);
		api.release();
		await shows(page, "document.querySelectorAll('article.done').length === 3");
		expect(await page.evaluate("[...document.querySelectorAll('article p')].map((it) => it.textContent)")).toEqual([
			"29 years",
			"winds of 1,800 km/h",
			"Titan, Enceladus, Rhea and more",
		]);
		await api.until((states) => count(states, "finished") === 3);
		await shows(page, "document.querySelector('b.aborted').textContent === '3 aborted'");
	});
});

test("what an event handler has started ends with the component, too", async () => {
	await withServer(async (page, api) => {
		await shows(page, "document.querySelector('button.Venus')");
		await click(page, "button.Mars");
		await api.until((states) => count(states, "open") === 3);
		await click(page, "button.Venus");
		await api.until((states) => count(states, "aborted") === 3 && count(states, "open") === 3);
		api.release();
		await shows(page, "document.querySelectorAll('article.done').length === 3");
		await click(page, "button.hail");
		await shows(page, "document.querySelector('.hail').textContent === 'Hailing …'");
		await api.until((states) => states.includes("Venus/hail open"));
		await shows(page, "document.querySelectorAll('li').length === 7");
		await picture(page);
		await click(page, "button.close");
		await api.until((states) => states.includes("Venus/hail aborted"));
	});
});

/** `SCREENSHOT=file.png` keeps a picture of the page. */
async function picture(page: Page): Promise<void> {
	const file = process.env.SCREENSHOT;
	if (file === undefined) return;
	await page.send("Emulation.setDeviceMetricsOverride", {
		width: 1000,
		height: 800,
		deviceScaleFactor: 2,
		mobile: false,
	});
	const { data } = (await page.send("Page.captureScreenshot", { format: "png" })) as { data: string };
	writeFileSync(file, Buffer.from(data, "base64"));
}
