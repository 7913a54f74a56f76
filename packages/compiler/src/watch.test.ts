// Builds that follow a first one, and servers that hand out files as they change.
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { context } from "esbuild";
import { type RolldownWatcherEvent, watch as watchRolldown } from "rolldown";
import { type RollupWatcherEvent, watch as watchRollup } from "rollup";
import { createServer, createServerModuleRunner, type ViteDevServer } from "vite";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import esbuildPlugin from "./esbuild.ts";
import rolldownPlugin from "./rolldown.ts";
import rollupPlugin from "./rollup.ts";
import * as transformModule from "./transform.ts";
import vitePlugin from "./vite.ts";

vi.mock(import("./transform.ts"), { spy: true });

const directories: string[] = [];
afterAll(() => {
	for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});
beforeEach(() => void vi.mocked(transformModule.transform).mockClear());

/** Which files have been compiled since the last question, by their names. */
function compiled(): string[] {
	const { mock } = vi.mocked(transformModule.transform);
	const names = mock.calls.map(([, { filename }]) => filename.replace(/^.*\//, ""));
	mock.calls.length = 0;
	return names.sort();
}

function project(): { directory: string; write: (name: string, text: string) => void } {
	const directory = realpathSync(mkdtempSync(join(tmpdir(), "holdfast-watch-")));
	directories.push(directory);
	const write = (name: string, text: string): void => writeFileSync(join(directory, name), text);
	write("package.json", '{ "type": "module" }');
	write(
		"app.js",
		'import { left } from "./left.js"; import { right } from "./right.js"; export const both = async () => [await left(), await right()];',
	);
	write("left.js", 'export async function left() { return "left"; }');
	write("right.js", 'export async function right() { return "right"; }');
	return { directory, write };
}

const external = ["holdfast/compiled"];
const all = ["app.js", "left.js", "right.js"];
const changed = 'export async function left() { return "changed"; }';

test("esbuild: a build that follows compiles only what has changed", async () => {
	const { directory, write } = project();
	const building = await context({
		absWorkingDir: directory,
		entryPoints: ["app.js"],
		bundle: true,
		format: "esm",
		external,
		write: false,
		plugins: [esbuildPlugin()],
	});
	try {
		await building.rebuild();
		expect(compiled()).toEqual(all);
		write("left.js", changed);
		const { outputFiles } = await building.rebuild();
		expect(compiled()).toEqual(["left.js"]);
		expect(outputFiles?.[0]?.text).toContain('"changed"');
	} finally {
		await building.dispose();
	}
});

test.each([
	["rollup", watchRollup, rollupPlugin],
	["rolldown", watchRolldown, rolldownPlugin],
])("%s: watch mode compiles only what has changed", async (_name, watch, plugin) => {
	const { directory, write } = project();
	const watcher = (watch as typeof watchRollup)({
		input: join(directory, "app.js"),
		external,
		output: { dir: join(directory, "dist") },
		plugins: [(plugin as typeof rollupPlugin)({ root: directory })],
		watch: { buildDelay: 20 },
	});
	let builds = 0;
	watcher.on("event", (event: RollupWatcherEvent | RolldownWatcherEvent) => {
		if (event.code === "BUNDLE_END") builds++;
		if ("result" in event) void event.result?.close();
	});
	try {
		await vi.waitFor(() => expect(builds).toBe(1), 20_000);
		expect(compiled()).toEqual(all);
		write("left.js", changed);
		await vi.waitFor(() => expect(builds).toBe(2), 20_000);
		expect(compiled()).toEqual(["left.js"]);
		expect(readFileSync(join(directory, "dist/app.js"), "utf8")).toContain('"changed"');
	} finally {
		await watcher.close();
	}
});

let server: ViteDevServer | undefined;
afterEach(() => server?.close());

async function serve(directory: string): Promise<ViteDevServer> {
	server = await createServer({
		root: directory,
		configFile: false,
		logLevel: "silent",
		server: { middlewareMode: true, ws: false, watch: { usePolling: true, interval: 30 } },
		optimizeDeps: { noDiscovery: true, include: [] },
		resolve: { alias: { "holdfast/compiled": new URL("../../holdfast/src/compiled.ts", import.meta.url).pathname } },
		plugins: [vitePlugin()],
	});
	return server;
}

test("vite: a file is compiled once for browser and server; after an edit it alone, and the module graph knows", async () => {
	const { directory, write } = project();
	const { environments, transformRequest } = await serve(directory);
	const { client, ssr } = environments;
	for (const name of all) await transformRequest(`/${name}`);
	for (const name of all) await ssr.transformRequest(`/${name}`);
	expect(compiled()).toEqual(all);

	const node = await client.moduleGraph.getModuleByUrl("/left.js");
	expect(node?.transformResult?.code).toContain('"left"');
	expect([...(node?.importers ?? [])].map(({ url }) => url)).toEqual(["/app.js"]);
	write("left.js", changed);
	await vi.waitFor(() => expect(node?.transformResult).toBeNull(), 20_000);
	for (const name of all) await transformRequest(`/${name}`);
	expect(compiled()).toEqual(["left.js"]);
	expect(node?.transformResult?.code).toContain('"changed"');
});

test("vite: a module that accepts its own updates is exchanged under a running program", async () => {
	const { directory, write } = project();
	const accepting = (text: string): string =>
		`export async function now() { await null; return ${JSON.stringify(text)}; }
		if (import.meta.hot) import.meta.hot.accept((next) => globalThis.holdfastHot?.(next));`;
	write("hot.js", accepting("before"));
	const { environments } = await serve(directory);
	const runner = createServerModuleRunner(environments.ssr);
	const updates: { now(): Promise<string> }[] = [];
	Object.assign(globalThis, { holdfastHot: (next: { now(): Promise<string> }) => updates.push(next) });
	try {
		const first = (await runner.import("/hot.js")) as { now(): Promise<string> };
		expect(Symbol.for("holdfast.corocall") in first.now).toBe(true);
		expect(await first.now()).toBe("before");
		write("hot.js", accepting("after"));
		await vi.waitFor(() => expect(updates).toHaveLength(1), 20_000);
		expect(Symbol.for("holdfast.corocall") in updates[0]!.now).toBe(true);
		// Who holds the old function keeps it; who asks again gets the new one.
		expect([await first.now(), await updates[0]!.now()]).toEqual(["before", "after"]);
	} finally {
		Reflect.deleteProperty(globalThis, "holdfastHot");
		await runner.close();
	}
});
