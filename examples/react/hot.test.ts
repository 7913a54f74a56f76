// Vite's server: an edit reaches the page, which keeps its state.
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Browser, installChromium, launch, withPage } from "../../scripts/runtimes/browser.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const directory = fileURLToPath(new URL(`../../.snippets/react-${process.pid}/`, import.meta.url));
let server: ChildProcess;
let url: string;
let browser: Browser;

beforeAll(async () => {
	for (const name of ["index.html", "vite.config.ts", "api.ts", "src"])
		cpSync(join(here, name), join(directory, name), { recursive: true });
	// A process of its own: inside a test runner Vite serves differently.
	const vite = fileURLToPath(new URL("../../node_modules/vite/bin/vite.js", import.meta.url));
	const { VITEST: _, NODE_ENV: __, ...env } = process.env;
	server = spawn(process.execPath, [vite, "--host", "127.0.0.1", "--port", "0"], {
		cwd: directory,
		env: { ...env, NO_COLOR: "1" },
		stdio: ["ignore", "pipe", "inherit"],
	});
	url = await new Promise((resolve, reject) => {
		let output = "";
		server.stdout?.setEncoding("utf8").on("data", (text) => {
			output += text;
			const local = /Local:\s+(http:\S+)/.exec(output)?.[1];
			if (local !== undefined) resolve(local);
		});
		server.on("close", () => reject(new Error(`vite has ended: ${output}`)));
	});
	browser = await launch(installChromium());
});
afterAll(async () => {
	await browser.stop();
	server.kill();
	rmSync(directory, { recursive: true, force: true });
});

function edit(name: string, from: string, to: string): void {
	const path = join(directory, name);
	const text = readFileSync(path, "utf8");
	expect(text).toContain(from);
	writeFileSync(path, text.replace(from, to));
}

test("an edit is on the page at once, which is not loaded again", async () => {
	await withPage(browser, url, async ({ evaluate, events }) => {
		const shows = (expression: string): Promise<unknown> =>
			evaluate(`new Promise((resolve) => {
				const look = () => (${expression}) && (observer.disconnect(), resolve());
				const observer = new MutationObserver(look);
				observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
				look();
			})`);
		/** Ends when so many updates have come. */
		const updated = (count: number): Promise<unknown> =>
			vi.waitFor(
				() => expect(JSON.stringify(events).split("hot updated: /src/app.tsx")).toHaveLength(count + 1),
				20_000,
			);
		await shows("document.querySelector('button.Mars')");
		await evaluate("globalThis.sameDocument = true; document.querySelector('button.Mars').click()");
		await shows("document.querySelector('article.done')");

		edit("src/app.tsx", "<h1>Observatory</h1>", "<h1>Observatory, rebuilt</h1>");
		await shows("document.querySelector('h1').textContent === 'Observatory, rebuilt'");
		expect(await evaluate("[globalThis.sameDocument, document.querySelector('h2').textContent]")).toEqual([
			true,
			"Mars",
		]);

		// No component: whoever imports it is exchanged with it, and asks the new code from then on.
		edit("src/api.ts", "return fact;", "return fact.toUpperCase();");
		await updated(2);
		await evaluate("document.querySelector('button.Venus').click()");
		await shows("[...document.querySelectorAll('article.done p')].some((it) => it.textContent === '225 DAYS')");
		expect(await evaluate("globalThis.sameDocument")).toBe(true);
		const problems = events.filter(({ params }) => /error|warning/.test((params as { type?: string }).type ?? "error"));
		expect(problems).toEqual([]);
	});
});
