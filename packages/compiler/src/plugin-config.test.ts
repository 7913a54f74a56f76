import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type BuildOptions, context, build as esbuild } from "esbuild";
import { rolldown } from "rolldown";
import { type RollupWatcherEvent, rollup, watch } from "rollup";
import { createServer, build as vite } from "vite";
import { afterAll, expect, test, vi } from "vitest";
import esbuildPlugin from "./esbuild.ts";
import type { CompilerOptions } from "./options.ts";
import { PluginCompiler } from "./plugin-compiler.ts";
import rolldownPlugin from "./rolldown.ts";
import rollupPlugin from "./rollup.ts";
import vitePlugin from "./vite.ts";

const directories: string[] = [];
afterAll(() => {
	for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

function project(config: string, name = "holdfast.config.ts"): string {
	const directory = realpathSync(mkdtempSync(join(tmpdir(), "holdfast-plugin-config-")));
	directories.push(directory);
	write(directory, name, config);
	write(directory, "package.json", `{ "type": "module" }`);
	write(directory, "app.js", `export * from "./own.js"; export * from "./left.js";`);
	write(directory, "own.js", "export async function own() {}");
	write(directory, "left.js", "export async function left() {}");
	return directory;
}

function write(directory: string, name: string, text: string): void {
	mkdirSync(dirname(join(directory, name)), { recursive: true });
	writeFileSync(join(directory, name), text);
}

const leavesOne = `export default { exclude: "left.js" };`;
const leavesOther = `export default { exclude: "own.js" };`;

/** Which of the two functions this code has compiled. */
function compiled(code: string): string[] {
	return ["own", "left"].filter((name) => new RegExp(`\\.define\\(${name}\\b`).test(code));
}

/**
 * Changes the configuration until it is seen: when a watcher begins to watch it does not say, so the first change may come
 * too early for it.
 */
async function change(directory: string, name: string, text: string, seen: () => unknown): Promise<void> {
	let times = 0;
	await vi.waitFor(
		() => {
			write(directory, name, `${text} // ${times++}`);
			return seen();
		},
		{ timeout: 25_000, interval: 500 },
	);
}

const external = ["holdfast/compiled"];

test("rollup and rolldown find the file upwards of `root`", async () => {
	const directory = project(leavesOne);
	const [input, root] = [join(directory, "app.js"), join(directory, "deep/er")];
	for (const bundle of [
		await rollup({ input, external, plugins: [rollupPlugin({ root })] }),
		await rolldown({ input, external, plugins: [rolldownPlugin({ root })] }),
	])
		expect(compiled((await bundle.generate({ format: "esm" })).output[0].code)).toEqual(["own"]);
});

test("options win over the file", async () => {
	const directory = project(leavesOne);
	const plugins = [rollupPlugin({ root: directory, exclude: "own.js" })];
	const bundle = await rollup({ input: join(directory, "app.js"), external, plugins });
	expect(compiled((await bundle.generate({ format: "esm" })).output[0].code)).toEqual(["left"]);
});

test("esbuild finds the file from its working directory, and watches it", async () => {
	const directory = project(leavesOne, "holdfast.config.mjs");
	const options: BuildOptions & { write: false } = {
		absWorkingDir: directory,
		entryPoints: ["app.js"],
		bundle: true,
		format: "esm",
		external,
		write: false,
	};
	const result = await esbuild({ ...options, plugins: [esbuildPlugin()] });
	expect(compiled(result.outputFiles[0]?.text ?? "")).toEqual(["own"]);

	const seen: string[][] = [];
	const watching = await context({
		...options,
		plugins: [
			esbuildPlugin(),
			{
				name: "see",
				setup(build) {
					build.onEnd(({ outputFiles }) => void seen.push(compiled(outputFiles?.[0]?.text ?? "")));
				},
			},
		],
	});
	try {
		await watching.watch();
		await vi.waitFor(() => expect(seen).toEqual([["own"]]), 20_000);
		await change(directory, "holdfast.config.mjs", leavesOther, () => expect(seen.at(-1)).toEqual(["left"]));
	} finally {
		await watching.dispose();
	}
});

test("rollup builds again when the file has changed", async () => {
	const directory = project(leavesOne);
	const watcher = watch({
		input: join(directory, "app.js"),
		external,
		plugins: [rollupPlugin({ root: directory })],
		watch: { skipWrite: true },
	});
	const seen: string[][] = [];
	watcher.on("event", async (event: RollupWatcherEvent) => {
		if (event.code !== "BUNDLE_END") return;
		seen.push(compiled((await event.result.generate({ format: "esm" })).output[0].code));
		await event.result.close();
	});
	try {
		await vi.waitFor(() => expect(seen).toEqual([["own"]]), 20_000);
		await change(directory, "holdfast.config.ts", leavesOther, () => expect(seen.at(-1)).toEqual(["left"]));
	} finally {
		await watcher.close();
	}
});

test("vite finds the file from its root", async () => {
	const directory = project(leavesOne);
	const result = await vite({
		root: directory,
		configFile: false,
		logLevel: "silent",
		plugins: [vitePlugin()],
		build: {
			write: false,
			minify: false,
			rollupOptions: { external },
			lib: { entry: join(directory, "app.js"), formats: ["es"] },
		},
	});
	const [{ output }] = result as { output: { code: string }[] }[] as [{ output: [{ code: string }] }];
	expect(compiled(output[0].code)).toEqual(["own"]);
});

test("vite's server starts again when the file has changed, and serves what it says then", async () => {
	const directory = project(leavesOne);
	const server = await createServer({
		root: directory,
		configFile: false,
		logLevel: "silent",
		server: { middlewareMode: true, ws: false, watch: { usePolling: true, interval: 50 } },
		optimizeDeps: { noDiscovery: true },
		plugins: [
			vitePlugin(),
			{ name: "runtime", enforce: "pre", resolveId: (id: string) => (id === external[0] ? "\0runtime" : null) },
			{ name: "empty", load: (id: string) => (id === "\0runtime" ? "" : null) },
		],
	});
	const served = async (): Promise<string[]> => {
		const codes: string[] = [];
		for (const name of ["own", "left"]) codes.push((await server.transformRequest(`/${name}.js`))?.code ?? "");
		return compiled(codes.join("\n"));
	};
	try {
		expect(await served()).toEqual(["own"]);
		await change(directory, "holdfast.config.ts", leavesOther, async () => expect(await served()).toEqual(["left"]));
	} finally {
		await server.close();
	}
});

test("without a file paths and globs are relative to vite's root", async () => {
	const directory = project("");
	rmSync(join(directory, "holdfast.config.ts"));
	const result = await vite({
		root: directory,
		configFile: false,
		logLevel: "silent",
		plugins: [vitePlugin({ include: "own.js" })],
		build: {
			write: false,
			minify: false,
			rollupOptions: { external },
			lib: { entry: join(directory, "app.js"), formats: ["es"] },
		},
	});
	const [{ output }] = result as { output: { code: string }[] }[] as [{ output: [{ code: string }] }];
	expect(compiled(output[0].code)).toEqual(["own"]);
	expect(output[0].code).toContain('.module(1, "own.js", ');
});

test("a wrong file ends the build with its error", async () => {
	const directory = project(`export default { structure: "functions" };`);
	const building = rollup({ input: join(directory, "app.js"), external, plugins: [rollupPlugin({ root: directory })] });
	await expect(building).rejects.toThrow(
		`${join(directory, "holdfast.config.ts")}: Option "structure" must be "function" or "scope", not "functions".`,
	);
});

test("what a tool keeps of a file is known by the options that decide what becomes of it", () => {
	const keyOf = (options: CompilerOptions | undefined, file = "/p/src/app.ts"): string =>
		new PluginCompiler(options).keyOf(`${file}?v=1`);
	expect(keyOf({ structure: "function" })).toBe(keyOf({ structure: "function" }));
	expect(keyOf({ structure: "function" })).not.toBe(keyOf({ structure: "scope" }));
	expect(keyOf({ ticks: "native" })).not.toBe(keyOf({}));
	expect(keyOf({ include: "lib/**" })).toBe("");
});
